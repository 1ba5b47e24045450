"""How the pages that the package writes look: colours of a light and a dark scheme, headings, paragraphs, tables."""

PAGE_STYLE = """
:root{color-scheme:light dark;--ink:#1d1f23;--soft:#63686f;--line:#dfe1e5;--paper:#fbfbfa;--card:#ffffff;--ok:#2c7a4b;--bad:#b3372b;--na:#8a8f96}
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e3;--soft:#a0a4aa;--line:#34373c;--paper:#17181a;--card:#1f2124;--ok:#6cc08b;--bad:#f0857a;--na:#7d828a}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 80px}h1{font-size:26px;font-weight:650;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;font-weight:600;margin:40px 0 10px}p{margin:0 0 8px;color:var(--soft);max-width:75ch}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:8px}
th{font-weight:600;font-size:13px;color:var(--soft);text-align:left}th,td{padding:8px 12px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}td.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.say{color:var(--soft);font-size:13.5px}.mark{font-weight:600;white-space:nowrap}.pass{color:var(--ok)}.fail{color:var(--bad)}.na{color:var(--na);font-weight:400}
.group td{background:var(--paper);font-weight:600;font-size:13px;color:var(--soft)}
"""
