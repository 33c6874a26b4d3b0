"""How the page is set: one style sheet, light and dark, nothing from elsewhere."""

from typing import Final

from harness.evaluation.report.look import colours, rules

_VARIABLES: Final = "@media(prefers-color-scheme:dark){:root".join(
    "{" + ";".join(f"--{name}:{value}" for name, value in colours(scheme).items()) + "}"
    for scheme in ("light", "dark")
)

_LAYOUT: Final = """
*{box-sizing:border-box}
html{color-scheme:light dark;text-size-adjust:100%}
body{margin:0 auto;max-width:82rem;padding:0 1.5rem 4rem;background:var(--ground);
color:var(--ink);font:1.0625rem/1.6 Charter,"Bitstream Charter","Iowan Old Style",Cambria,
Georgia,serif}
h1{font-size:2rem;line-height:1.2;margin:3rem 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;margin:3.2rem 0 .3rem}
h3{font-size:1.05rem;margin:2rem 0 .5rem}
p{max-width:46rem;margin:.4rem 0}
.small,table,.card,.badge,.legend{font-family:"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.small{font-size:.84rem;line-height:1.5;color:var(--small);max-width:60rem}
.badge{max-width:none;margin:1.4rem 0;padding:.8rem 1.1rem;background:var(--box);
border-left:5px solid var(--good);font-size:.95rem}
.badge.bad{border-color:var(--bad)}
.badge.none{border-color:var(--small)}
.badge ul{margin:.3rem 0 0;padding-left:1.2rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr));gap:1rem}
.card{background:var(--box);border-radius:8px;padding:1rem 1.1rem;font-size:.84rem;
line-height:1.45;color:var(--small)}
.card b{display:block;font-size:1.9rem;line-height:1.2;color:var(--ink);
font-variant-numeric:tabular-nums}
.card .verdict{font-weight:600}
.yes{color:var(--good)}.no{color:var(--bad)}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));
gap:1.2rem 1.6rem;margin-top:1rem;align-items:start}
.plot{display:block;width:100%;height:auto;max-width:31rem}
.legend svg{display:block;max-width:100%;height:auto}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.84rem;line-height:1.4;margin:.6rem 0;
font-variant-numeric:tabular-nums}
th,td{padding:.28rem .9rem .28rem 0;text-align:right;white-space:nowrap;
border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child{text-align:left}
th{font-weight:600;color:var(--small)}
td i{font-style:normal;color:var(--small);font-size:.92em}
.words th,.words td{text-align:left;white-space:normal}
tr.ours td{font-weight:600}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:.86em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;font-size:.9rem}
dt{color:var(--small)}dd{margin:0;overflow-wrap:anywhere}
@media print{body{max-width:none}.panels,.cards{break-inside:avoid}}
"""

SHEET: Final = f":root{_VARIABLES}}}{_LAYOUT}{rules(lambda name: f'var(--{name})')}"
"""All of it."""
