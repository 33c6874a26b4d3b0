"""How the page looks: one style sheet, no fonts or files from elsewhere.

Twelve colours tell participants apart, in order of joining; each reaches 4.5:1 against both
backgrounds of its scheme (computed in OKLCH at fixed lightness, checked by a test). Colour
is never the only sign: every message begins with its author's id and name.
"""

from base64 import b64encode
from hashlib import sha256

COLOURS = (
    ("#2063b0", "#92c1fd"),
    ("#a43c2f", "#ffa191"),
    ("#087736", "#83d494"),
    ("#854494", "#e0a4ee"),
    ("#865901", "#ebb25f"),
    ("#007176", "#43d5dc"),
    ("#9f3960", "#fd9cba"),
    ("#67680b", "#c2c564"),
    ("#5d53ae", "#b6b4ff"),
    ("#9b4805", "#fca676"),
    ("#107460", "#59d7b9"),
    ("#006d91", "#60ccfc"),
)
"""Participants' colours: on a light ground, and on a dark one."""

GROUNDS = {"light": ("#fbfaf7", "#f1efe9"), "dark": ("#16171b", "#202229")}
"""Page, and boxes on it."""

INKS = {"light": ("#1d1e22", "#5d5f68"), "dark": ("#e6e4df", "#a2a4ad")}
"""Words, and small print."""


def _scheme(name: str, side: int) -> str:
    ground, box = GROUNDS[name]
    ink, small = INKS[name]
    line = {"light": "#d9d6cd", "dark": "#3a3d47"}[name]
    people = ";".join(
        f"--p{at}:{colour}" for at, colour in enumerate(pair[side] for pair in COLOURS)
    )
    return f"--ground:{ground};--box:{box};--ink:{ink};--small:{small};--line:{line};{people}"


_LAYOUT = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:1.0625rem/1.6 Charter,"Bitstream Charter","Iowan Old Style",Cambria,Georgia,serif}
header,main,footer{max-width:46rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3rem}
footer{padding-bottom:4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:1.15rem;margin:2.5rem 0 .75rem}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.2em}
a:hover{text-decoration-color:currentcolor}
:focus-visible{outline:2px solid currentcolor;outline-offset:2px}
.small,.facts,.notice,.cast,table,summary,figcaption,.who,.cut{
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.small,.facts,figcaption,.cut{font-size:.8125rem;line-height:1.45;color:var(--small)}
.cast{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:1rem 0 0;padding:0;list-style:none;
font-size:.9375rem}
article{margin:2.25rem 0;padding-left:1rem;border-left:3px solid var(--line)}
article:target{background:var(--box)}
.top{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .75rem;margin:0 0 .4rem}
.who{font-size:1rem;font-weight:650;line-height:1.4;margin:0;overflow-wrap:anywhere}
.who a{text-decoration:none}
.who a:hover{text-decoration:underline}
.facts{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts span+span::before{content:" \\B7\\20";white-space:pre}
.words{overflow-wrap:anywhere}
.t{white-space:pre-wrap;unicode-bidi:plaintext;tab-size:4}
.a,.c,.chip,code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:0;font-size:.875rem;line-height:1.3;white-space:pre;tab-size:4;overflow-x:auto;
overflow-wrap:normal}
.c{margin:.25rem 0;padding:.7rem .9rem;background:var(--box);border-radius:6px;line-height:1.45}
.f{color:var(--small)}
.chip{display:block;width:fit-content;max-width:100%;margin:.35rem 0;padding:.2rem .6rem;
font-size:.8125rem;line-height:1.5;background:var(--box);border:1px solid var(--line);
border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
details.chip{border-style:dashed}
details.chip>code{display:block;padding:.25rem 0;white-space:pre-wrap}
summary{cursor:pointer}
.whisper{border-left-style:dashed}
.cut{margin:.3rem 0 0;font-style:italic}
.notice{margin:.45rem 0;padding-left:1.2rem;font-size:.875rem;line-height:1.45;
color:var(--small);overflow-wrap:anywhere}
.notice ul{margin:.25rem 0;padding-left:1.2rem}
.notice+article,article+.notice{margin-top:1.25rem}
.mark{font:.8em/1 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--small);
unicode-bidi:isolate}
figure{margin:1.5rem 0;padding-left:1.2rem}
img{display:block;max-width:100%;height:auto;border-radius:6px;background:var(--box)}
figcaption{margin-top:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}
.told{margin:.5rem 0}
.told .t,.think .t{padding:.5rem 0 .5rem 1rem;font-size:.9375rem}
.think{margin:.25rem 0 .6rem}
.think summary{font-size:.8125rem;color:var(--small)}
main{padding-top:1.25rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.8125rem;line-height:1.4;width:100%}
th,td{padding:.4rem .7rem .4rem 0;text-align:start;vertical-align:top;
border-bottom:1px solid var(--line)}
th[scope=row]{white-space:nowrap}
td.n,th.n{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
td:last-child,th:last-child{padding-right:0}
@media (max-width:36rem){
body{font-size:1rem}
header{padding-top:1.5rem}
header,main,footer{padding-left:.9rem;padding-right:.9rem}
article{padding-left:.7rem;margin:1.75rem 0}
.notice,figure{padding-left:.7rem}
pre{font-size:.75rem}
}
@media print{
html{color-scheme:light}
body{background:none;font-size:10.5pt}
header,main,footer{max-width:none;padding:0}
.top{break-after:avoid}
pre,figure,tr{break-inside:avoid}
pre{white-space:pre-wrap}
a{text-decoration:none}
}
"""


def _sheet() -> str:
    people = "".join(
        f".p{at}>.top .who,.cast .p{at},th.p{at}{{color:var(--p{at})}}"
        f"article.p{at}{{border-color:var(--p{at})}}"
        for at in range(len(COLOURS))
    )
    dark = _scheme("dark", 1)
    return (
        f":root{{{_scheme('light', 0)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"{_LAYOUT}{people}\n"
    )


SHEET = _sheet()
"""The whole style sheet."""

DIGEST = b64encode(sha256(SHEET.encode()).digest()).decode()
"""Its SHA-256 in base64, by which the page's policy lets this sheet in and no other."""
