"""English words reduced to what their forms share: `adopted`, `adopting` to `adopt`.

Porter's algorithm ("An algorithm for suffix stripping", Program 14(3), 1980) with its
measure of consonant-vowel sequences, written as tables; before it a table of irregular
forms, which suffixes cannot tell. What is not lower-case a-z is left as it is.
"""

import re
from functools import lru_cache
from typing import Final

_IRREGULAR: Final = {
    form: word
    for line in """
be was were been am is are; begin began begun; break broke broken; bring brought;
build built; buy bought; catch caught; choose chose chosen; come came; cut cutting;
deal dealt; dig dug; do does did done; draw drew drawn; drink drank drunk; drive drove driven;
eat ate eaten; fall fell fallen; feed fed; feel felt; fight fought; find found; fly flew flown;
forget forgot forgotten; forgive forgave forgiven; freeze froze frozen; get got gotten;
give gave given; go goes went gone; grow grew grown; hang hung; have had; hear heard;
hide hid hidden; hit hitting; hold held; keep kept; know knew known; lay laid; lead led;
leave left; lend lent; lose lost losing; make made; mean meant; meet met; pay paid;
read reading; ride rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw seen;
seek sought; sell sold; send sent; shake shook shaken; shine shone; shoot shot; show shown;
sing sang sung; sit sat; sleep slept; speak spoke spoken; spend spent; stand stood;
steal stole stolen; stick stuck; swim swam swum; take took taken; teach taught;
tear tore torn; tell told; think thought; throw threw thrown; understand understood;
wake woke woken; wear wore worn; weave wove woven; win won; write wrote written;
child children; man men; woman women; person people; foot feet; tooth teeth; goose geese;
mouse mice; life lives; wife wives; knife knives; leaf leaves; wolf wolves; half halves;
mother mom mum moms mommy mama; father dad dads daddy papa; grandmother grandma granny;
grandfather grandpa; television tv; photograph photo photos pic pics; bicycle bike bikes;
refrigerator fridge; laboratory lab labs; examination exam exams; university uni;
veterinarian vet; advertisement ad ads; automobile auto; application app apps;
favorite favourite favourites fave; color colour colours; flavor flavour;
neighbor neighbour neighbours; center centre; theater theatre; travel travelling travelled;
program programme; behavior behaviour; gray grey; organize organise organised organising;
realize realise realised; recognize recognise recognised; january jan; february feb; march mar;
april apr; august aug; september sept sep; october oct; november nov; december dec;
monday mon; tuesday tue tues; wednesday wed; thursday thu thurs; friday fri; saturday sat;
sunday sun
""".replace("\n", " ").split(";")
    for word, *forms in [line.split()]
    for form in forms
}

_VOWEL: Final = re.compile(r"[aeiou]|(?<=[^aeiou])y")
_SECOND: Final = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"),
    ("izer", "ize"), ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"),
    ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"),
    ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"),
    ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("logi", "log"),
)  # fmt: skip
_THIRD: Final = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"),
    ("ful", ""), ("ness", ""),
)  # fmt: skip
_FOURTH: Final = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti",
    "ous", "ive", "ize", "al", "er", "ic", "ou",
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return what the forms of `word`, in lower case, share."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 2 or not (word.isascii() and word.isalpha()):
        return word
    word = _plural(word)
    word = _past(word)
    if word.endswith("y") and _VOWEL.search(word[:-1]):
        word = word[:-1] + "i"
    word = _swapped(word, _SECOND)
    word = _swapped(word, _THIRD)
    word = _dropped(word)
    if word.endswith("e"):
        base = word[:-1]
        if _measure(base) > 1 or (_measure(base) == 1 and not _short(base)):
            word = base
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word


def _plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for suffix in ("ed", "ing"):
        base = word.removesuffix(suffix)
        if base != word and _VOWEL.search(base):
            if base.endswith(("at", "bl", "iz")):
                return base + "e"
            if base[-2:-1] == base[-1:] and base[-1:] not in "lsz":
                return base[:-1]
            return base + "e" if _measure(base) == 1 and _short(base) else base
    return word


def _swapped(word: str, table: tuple[tuple[str, str], ...]) -> str:
    for suffix, instead in table:
        if word.endswith(suffix):
            base = word[: -len(suffix)]
            return base + instead if _measure(base) else word
    return word


def _dropped(word: str) -> str:
    for suffix in _FOURTH:
        if word.endswith(suffix):
            base = word[: -len(suffix)]
            return base if _measure(base) > 1 else word
    if word.endswith(("sion", "tion")) and _measure(word[:-3]) > 1:
        return word[:-3]
    return word


def _measure(base: str) -> int:
    """Return how often a vowel is followed by a consonant: `m` of the paper."""
    count, before = 0, False
    for at, char in enumerate(base):
        vowel = char in "aeiou" or (char == "y" and at > 0 and not before)
        count += before and not vowel
        before = vowel
    return count


def _short(base: str) -> bool:
    """Whether it ends consonant, vowel, consonant other than w, x, y: `*o` of the paper."""
    if len(base) < 3 or base[-1] in "aeiouwxy":
        return False
    return base[-2] in "aeiouy" and base[-3] not in "aeiou"
