"""Colours and letters, light and dark. Each pair of text and ground has a contrast of at least 4.5 (WCAG 2.2 AA)."""

STYLE = """
:root{--ground:#fbfbfa;--box:#ffffff;--panel:#f1f2f4;--edge:#d5d8de;--ink:#1b1f27;--soft:#596070;
--t0:#1f6feb;--t1:#7a3fc4;--t2:#0b7a5b;--t3:#b3531b}
@media (prefers-color-scheme:dark){:root{--ground:#0f1217;--box:#1a1f28;--panel:#141922;--edge:#343b48;--ink:#eceff4;
--soft:#a3acbd;--t0:#6cb0ff;--t1:#c59bff;--t2:#56d3a8;--t3:#ffae70}}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink)}
.ground{fill:var(--ground)}
.title{font-size:28px;font-weight:700;letter-spacing:-.3px}
.subtitle{font-size:15px;fill:var(--soft)}
.column{font-size:13px;font-weight:600;fill:var(--soft)}
.name{font-size:14px;font-weight:600}
.name.long{font-size:12px}
.count{font-size:13px;font-weight:600}
.small{font-size:12px;fill:var(--soft)}
.address{font-size:12px;font-weight:600;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.path{font-size:13px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.box{fill:var(--box);stroke:var(--edge)}
.outside{fill:none;stroke:var(--soft);stroke-dasharray:4 4}
.panel{fill:var(--panel);stroke:var(--edge)}
.route{fill:var(--box);stroke-width:1}
.room{fill-opacity:.07;stroke-opacity:.45}
.room-name{font-size:13px;font-weight:700}
.line{fill:none;stroke-width:1.6;stroke-opacity:.55}
.plain{stroke:var(--soft);stroke-opacity:.6}
.line.tone0,.route.tone0{stroke:var(--t0)}.line.tone1,.route.tone1{stroke:var(--t1)}
.line.tone2,.route.tone2{stroke:var(--t2)}.line.tone3,.route.tone3{stroke:var(--t3)}
.room.tone0{fill:var(--t0);stroke:var(--t0)}.room.tone1{fill:var(--t1);stroke:var(--t1)}
.room.tone2{fill:var(--t2);stroke:var(--t2)}.room.tone3{fill:var(--t3);stroke:var(--t3)}
.mark.tone0,.room-name.tone0{fill:var(--t0)}.mark.tone1,.room-name.tone1{fill:var(--t1)}
.mark.tone2,.room-name.tone2{fill:var(--t2)}.mark.tone3,.room-name.tone3{fill:var(--t3)}
"""
