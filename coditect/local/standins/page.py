"""Pages of stand-ins: plain, readable in light and dark, and labelled; contrast of text is at least 4.5 (WCAG 2.2)."""

from html import escape

_STYLE = """
:root{color-scheme:light dark;--ground:#fbfbfa;--box:#fff;--edge:#d5d8de;--ink:#1b1f27;--soft:#596070;--act:#1d5fd1;
--on-act:#fff;--label:#fff4d6;--label-ink:#5c3d00;--wrong:#b3261e}
@media (prefers-color-scheme:dark){:root{--ground:#0f1217;--box:#1a1f28;--edge:#343b48;--ink:#eceff4;--soft:#a3acbd;
--act:#6cb0ff;--on-act:#0f1217;--label:#3a2d0c;--label-ink:#ffd98a;--wrong:#ff9d94}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.label{margin:0;padding:.5rem 1.25rem;background:var(--label);color:var(--label-ink);font-size:.9rem}
main{max-width:44rem;margin:2.5rem auto;padding:0 1.25rem}
main.narrow{max-width:28rem}
main.wide{max-width:72rem}
h1{font-size:1.6rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 .5rem}
h2{font-size:1.15rem;margin:1.75rem 0 .5rem}
.box>h2:first-child{margin-top:0}
.soft{color:var(--soft)}
.wrong{color:var(--wrong);font-weight:600}
.box{background:var(--box);border:1px solid var(--edge);border-radius:12px;padding:1.25rem;margin:1.25rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.25rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;padding:.6rem .5rem;border-bottom:1px solid var(--edge);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;font-size:.9rem}
td.amount,th.amount{text-align:right;white-space:nowrap}
label{display:block;font-weight:600;margin:.9rem 0 .3rem}
input,select,textarea{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid var(--soft);border-radius:8px;
background:var(--ground);color:inherit}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
button,.button{display:inline-block;
font:inherit;font-weight:600;padding:.65rem 1.1rem;border-radius:8px;border:1px solid var(--act);
background:var(--act);color:var(--on-act);cursor:pointer;text-decoration:none;margin:1.1rem .6rem 0 0}
button.quiet,.button.quiet{background:none;color:var(--act)}
td button{margin:0;padding:.3rem .8rem}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
pre{margin:0;white-space:pre-wrap;font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
iframe{width:100%;height:32rem;border:1px solid var(--edge);border-radius:12px;background:#fff}
"""


def page(title: str, content: str, *, stand_in: str, note: str, width: str = "") -> str:
    """A whole page. content: markup, already escaped. note: what this is not, for its top. width: narrow or wide."""
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · stand-in for {escape(stand_in)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head>"
        f'<body><p class="label" role="note"><strong>Stand-in for {escape(stand_in)}.</strong> {escape(note)}</p>'
        f'<main class="{escape(width)}"><h1>{escape(title)}</h1>{content}</main></body></html>\n'
    )


def definitions(rows: list[tuple[str, str]]) -> str:
    """Names and their values as a definition list; empty values are left out."""
    inner = "".join(f"<dt>{escape(name)}</dt><dd><code>{escape(value)}</code></dd>" for name, value in rows if value)
    return f'<div class="box"><dl>{inner}</dl></div>'
