"""The words the sketch painter understands.

Colours, materials, moods and light choose the palette; nouns choose figures and the setting;
small words say how many, where, how large. Plurals are found by `reading`.
"""

from collections.abc import Mapping
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]


def words(text: str) -> frozenset[str]:
    """Return the words of `text`."""
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    """Return word to key, from lines of `key: word word word`; `.` is the key itself."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        key, _, listed = line.strip().partition(":")
        for word in listed.split():
            found[key if word == "." else word] = key
    return found


COLOURS: Mapping[str, Colour] = {
    "red": (214, 52, 48), "crimson": (176, 24, 52), "scarlet": (226, 50, 36), "ruby": (190, 22, 70),
    "blood": (136, 12, 20), "rose": (236, 130, 150), "pink": (246, 150, 180), "coral": (248, 128, 106),
    "magenta": (214, 40, 160), "fuchsia": (230, 50, 190), "orange": (244, 134, 38), "amber": (252, 178, 50),
    "copper": (190, 112, 64), "bronze": (166, 118, 62), "rust": (164, 76, 36), "rusty": (164, 76, 36),
    "terracotta": (196, 98, 66), "peach": (255, 196, 160), "apricot": (252, 186, 128),
    "brown": (118, 76, 46), "wooden": (134, 90, 54), "wood": (134, 90, 54), "leather": (112, 68, 40),
    "sepia": (142, 104, 66), "sand": (222, 188, 136), "tan": (206, 168, 120), "clay": (178, 112, 80),
    "yellow": (250, 214, 64), "gold": (240, 190, 74), "golden": (244, 196, 84), "gilded": (236, 184, 70),
    "honey": (238, 176, 60), "brass": (204, 164, 78), "lemon": (252, 236, 100), "straw": (228, 208, 124),
    "cream": (250, 240, 214), "ivory": (246, 240, 222), "parchment": (236, 220, 180), "bone": (232, 224, 204),
    "green": (62, 158, 84), "emerald": (22, 160, 106), "jade": (60, 168, 128), "olive": (124, 132, 60),
    "moss": (102, 128, 62), "mossy": (102, 128, 62), "lime": (166, 220, 60), "mint": (160, 232, 196),
    "verdant": (58, 150, 70), "sage": (150, 174, 138), "teal": (22, 132, 138), "turquoise": (50, 200, 196),
    "cyan": (40, 216, 236), "aqua": (90, 222, 216), "azure": (60, 150, 240), "blue": (48, 98, 214),
    "sapphire": (28, 72, 190), "cobalt": (30, 74, 176), "navy": (22, 34, 92), "indigo": (62, 44, 150),
    "ultramarine": (42, 40, 170), "cerulean": (50, 140, 200), "periwinkle": (150, 156, 240),
    "violet": (128, 62, 206), "purple": (126, 50, 170), "lavender": (184, 160, 236), "lilac": (204, 168, 226),
    "mauve": (186, 134, 176), "plum": (110, 42, 102), "amethyst": (150, 90, 206), "orchid": (214, 112, 210),
    "white": (244, 246, 250), "pearl": (234, 232, 240), "pearly": (234, 232, 240), "snowy": (238, 244, 252),
    "silver": (190, 198, 210), "silvery": (196, 204, 216), "chrome": (176, 188, 204), "steel": (130, 146, 164),
    "iron": (88, 94, 104), "metal": (140, 150, 162), "metallic": (148, 158, 172), "platinum": (214, 216, 222),
    "grey": (128, 132, 140), "gray": (128, 132, 140), "ashen": (148, 146, 144), "slate": (92, 106, 122),
    "concrete": (142, 142, 138), "stone": (138, 132, 124), "marble": (226, 224, 222), "granite": (112, 110, 112),
    "charcoal": (52, 54, 60), "black": (20, 20, 26), "obsidian": (26, 22, 36), "ebony": (36, 28, 28),
    "jet": (18, 18, 24), "onyx": (28, 28, 34), "porcelain": (240, 240, 244), "glass": (176, 216, 230),
    "crystal": (160, 224, 246), "quartz": (230, 210, 232), "opal": (206, 228, 232), "diamond": (214, 240, 250),
    "mercury": (178, 186, 196), "wax": (238, 218, 170), "paper": (240, 234, 216), "velvet": (116, 22, 70),
}  # fmt: skip

MOODS = _table("""
night: . midnight nocturnal nightfall starlit starry moonlit moonlight darkness dark shadow shadowy sleeping sleep asleep lullaby nights
dawn: . sunrise morning daybreak awakening waking birth spring hopeful hope beginning
sunset: . sundown evening autumn autumnal nostalgic nostalgia farewell afterglow ending warm
day: . noon daylight summer bright sunny sunlit sunlight cheerful joyful joy happy
dusk: . twilight gloaming mystic mystical mysterious magical enchanted ethereal arcane occult liminal
storm: . stormy thunder thunderous tempest rainy gloomy brooding ominous grim melancholy melancholic sad sorrow grief weeping lonely
neon: . cyberpunk synthwave vaporwave electric electronic holographic hologram futuristic rave arcade
arid: . drought scorched sunbaked parched barren wasteland
deep: underwater submerged abyssal drowned sunken aquatic undersea
green: lush overgrown jungle verdant leafy wild pastoral
ice: . frozen icy frost frosty winter wintry arctic glacial polar cold snowbound
fire: . burning blazing volcanic infernal hell apocalypse apocalyptic rage angry furious molten smouldering
sepia: . ancient old antique weathered dusty faded vintage archaic historical memory remembered forgotten parchment
mono: . noir monochrome ghostly spectral haunted bleak austere minimal minimalist silent silence empty hollow
dream: . dreamlike dreamy pastel surreal gentle tender soft serene peaceful calm tranquil quiet whimsical childhood
matrix: . hacker glitch glitching digital binary terminal cyberspace mainframe
""")

SETTINGS = _table("""
hall: . archive library shelf shelves hallway corridor room cathedral church museum chamber palace vault monastery theatre theater studio office hotel school backrooms crypt nave basement cellar warehouse bookshelf gallery attic
tunnel: . well shaft portal wormhole pipe burrow throat funnel
space: . cosmos cosmic universe galaxy galactic nebula planet orbit interstellar void asteroid supernova infinity stellar celestial multiverse
sea: . ocean lake shore beach harbour harbor coast bay lagoon pond tide water waters horizonless flood archipelago
deep: underwater undersea seabed reef abyss submarine
grid: . circuit matrix cyberspace data database mainframe server internet datacenter
land: . desert forest mountain city road field valley meadow garden village landscape plain prairie tundra canyon swamp countryside hill town street wilderness island steppe
""")

NOUNS = _table("""
sun: . suns sunshine
moon: . crescent moonlight moonlit
eclipse: .
star: . constellation starlight
planet: . world earth saturn jupiter mars globe
galaxy: . nebula milky
cloud: . cloudy cumulus
aurora: . borealis
ray: . beam lightshaft sunbeam radiance
lightning: . thunderbolt bolt
comet: . meteor asteroid shooting
rainbow: . spectrum prism
mountain: . peak summit alp cliff range ridge volcano
hill: . knoll mound dale valley
forest: . wood woods woodland jungle grove pine
city: . skyline metropolis town downtown megacity
desert: . dune dunes
field: . meadow grass prairie wheat lawn garden
river: . stream creek brook
road: . path highway street trail
wave: . surf swell breaker tide
island: . isle
waterfall: . cascade
rain: . drizzle downpour raindrop
snow: . snowfall snowflake blizzard flurry
fog: . mist haze smoke vapour vapor steam
fire: . flame bonfire campfire blaze inferno ember
spark: . firefly mote dust particle pixel glitter fireflies
tower: . skyscraper spire ziggurat minaret turret
house: . home cottage cabin hut building barn
castle: . fortress citadel palace
door: . doorway gate gateway entrance threshold
window: . pane
bridge: . viaduct aqueduct
temple: . shrine parthenon colonnade pillar column ruin ruins pagoda
pyramid: . pyramids
lighthouse: . beacon
monolith: . obelisk megalith slab menhir
stair: . stairs staircase stairway step ladder
arch: . archway
ship: . boat sailboat vessel sail raft galleon
train: . railway locomotive wagon
lamp: . streetlamp lantern lamppost streetlight bulb
tree: . oak willow birch root sapling
flower: . blossom rose lotus petal tulip orchid lily bloom
mushroom: . fungus mycelium toadstool
bird: . crow raven owl swan gull flock dove heron phoenix crane
fish: . koi shoal salmon
whale: . leviathan dolphin
jellyfish: . medusa
butterfly: . moth
serpent: . snake dragon worm ouroboros
cat: . kitten panther fox wolf dog
figure: . person man woman human child traveler traveller wanderer someone stranger monk silhouette girl boy people pilgrim angel astronaut poet ghost dancer king queen
face: . portrait visage head
eye: . gaze pupil iris
hand: . finger palm
heart: . love
skull: . death
crystal: . gem prismatic shard jewel quartz geode
orb: . sphere ball bubble pearl marble
cube: . box block tesseract hypercube
mirror: . looking-glass
book: . tome page manuscript codex scroll journal letter story
clock: . watch time dial clockwork
key: . keyhole
mask: . persona
candle: . taper
hourglass: . sandglass
machine: . gear engine cog mechanism turbine clockmaker
robot: . android automaton droid
chip: . circuit cpu processor motherboard
screen: . monitor television computer terminal console display
signal: . waveform oscilloscope frequency pulse song music sound voice echo radio
network: . neuron synapse brain neural graph web connection mind thought thread string lattice
spiral: . vortex whirlpool swirl maelstrom helixes
labyrinth: . maze
helix: . dna
ring: . halo circle hoop torus
code: . glyph rune symbol letters text alphabet
shell: . nautilus conch
feather: . quill wing
chair: . throne seat
umbrella: . parasol
balloon: . airship zeppelin
satellite: . antenna dish
egg: . seed embryo
knot: . loop infinity
fountain: . spring
shelf: . shelves bookshelf
""")

BANDS = words(
    "mountain hill forest city desert field river road wave rain snow fog star aurora ray spark "
    "galaxy network code signal shelf cloud rainbow"
)
"""Figures that fill the width by themselves, whatever their count."""

COUNTS: Mapping[str, int] = {
    "a": 1, "an": 1, "one": 1, "single": 1, "lone": 1, "solitary": 1, "two": 2, "twin": 2, "pair": 2,
    "both": 2, "couple": 2, "double": 2, "three": 3, "triple": 3, "few": 3, "four": 4, "five": 5,
    "several": 5, "six": 6, "seven": 7, "some": 4, "eight": 8, "nine": 9, "ten": 10, "dozen": 9,
    "many": 9, "hundred": 9, "hundreds": 9, "thousand": 9, "thousands": 9, "countless": 9,
    "infinite": 9, "endless": 9, "flock": 9, "swarm": 9, "myriad": 9, "million": 9, "rows": 7,
}  # fmt: skip

ACROSS: Mapping[str, float] = {
    "left": 0.22, "leftmost": 0.12, "right": 0.78, "rightmost": 0.88, "centre": 0.5, "center": 0.5,
    "middle": 0.5, "central": 0.5, "heart": 0.5, "west": 0.2, "east": 0.8,
}  # fmt: skip
"""Words of place, as parts of the width."""

DEPTH: Mapping[str, float] = {
    "distance": 0.9, "distant": 0.9, "far": 0.85, "horizon": 0.9, "background": 0.85, "behind": 0.8,
    "beyond": 0.85, "faraway": 0.95, "remote": 0.85, "foreground": 0.05, "near": 0.1, "close": 0.1,
    "front": 0.1, "nearby": 0.15,
}  # fmt: skip
"""Words of depth: 0 at the viewer, 1 at the horizon."""

ALOFT = words(
    "above over overhead floating flying hovering suspended levitating aloft soaring drifting "
    "hanging"
)
"""Words that lift what they are said of off the ground."""

SIZES: Mapping[str, float] = {
    "tiny": 0.45, "little": 0.6, "small": 0.62, "miniature": 0.45, "slender": 0.85, "large": 1.35,
    "big": 1.35, "tall": 1.4, "huge": 1.7, "giant": 1.8, "gigantic": 1.9, "enormous": 1.8,
    "colossal": 2.0, "vast": 1.6, "immense": 1.8, "towering": 1.7, "great": 1.4, "massive": 1.7,
    "monumental": 1.7, "looming": 1.5,
}  # fmt: skip

GLOWING = words(
    "glowing glow luminous shining lit radiant gleaming incandescent fluorescent bioluminescent "
    "phosphorescent illuminated neon burning blazing electric shimmering sparkling glittering "
    "brilliant bright lambent iridescent"
)

TEXTURES = _table("""
grain: . grainy gritty noisy film static analog analogue photograph noise
pixel: . pixelated pixels 8-bit bit lowres voxel retro
mist: . misty foggy hazy veiled smoky steamy
soft: . smooth blurred blurry blur velvety silken watercolor watercolour
jagged: . sharp shattered broken fractured splintered cracked torn fragmented glitched glitch
scan: . scanlines crt hologram holographic vhs
paint: . painted brushstroke impressionist oil painterly
""")

STILL = words(
    """a about across after again against all along also am among an and any are around as at away be
been being below beneath between but by can could did do does down drawing each every for from
had has have having he her hers him his how i if image in inside into is it its itself just like
made make me more most my near no nor not of off on once only onto or other our out own painting
paint picture same scene she should show showing so style such than that the their them then
there these they this those through to too toward towards under until up upon us very view was we
were what when where which while who whom why will with within without would you your art artwork
digital illustration render rendering depicting depicts depicted detailed highly ultra 4k 8k photo
photorealistic realistic cinematic concept composition beautiful abstract something thing things reflection reflections
bottom inside outside edge edges side sides part parts full filled made where's it's"""
)
"""Words that say nothing to be drawn."""
