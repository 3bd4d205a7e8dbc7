/** The look of the page. In TypeScript, so that the compiled program needs no file beside its code. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --sheet: #ffffff; --ink: #16212e; --dim: #566373; --line: #dde3ea; --tint: #eef2f6;
  --link: #0b5cad; --focus: #0b5cad;
  --good: #0b6b45; --good-tint: #e2f5ec;
  --warning: #845000; --warning-tint: #fdf1d8;
  --bad: #b3222f; --bad-tint: #fdeaec;
  --quiet: #566373; --quiet-tint: #eaeef2;
  --shadow: 0 1px 2px rgb(22 33 46 / 6%), 0 4px 16px rgb(22 33 46 / 5%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e141b; --sheet: #161e28; --ink: #e4eaf1; --dim: #9aa8b8; --line: #273341; --tint: #1d2733;
    --link: #7cbcff; --focus: #7cbcff;
    --good: #63d6a1; --good-tint: #12301f;
    --warning: #f0bd5f; --warning-tint: #35280e;
    --bad: #ff8f98; --bad-tint: #3b181c;
    --quiet: #9aa8b8; --quiet-tint: #232e3b;
    --shadow: none;
  }
}
* { box-sizing: border-box; margin: 0; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  background: var(--ground); color: var(--ink); max-width: 68rem; margin: 0 auto; padding: 0 1.25rem;
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums;
}
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: from-font; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
ul { list-style: none; padding: 0; }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .9em; }
code, th, td, li, p, h3, a { unicode-bidi: isolate; }
code { background: var(--tint); padding: .1em .35em; border-radius: 4px; }
.dim { color: var(--dim); font-size: .9rem; }
.count { color: var(--dim); font-weight: 400; font-size: .9rem; margin-left: .25rem; }
.note { color: var(--dim); margin: .75rem 0; }

header { display: flex; align-items: center; gap: .75rem; padding: 1.5rem 0 1rem; }
.brand { display: flex; align-items: center; gap: .6rem; color: inherit; text-decoration: none; }
.brand svg { width: 2rem; height: 2rem; flex: none; }
h1 { font-size: 1.3rem; letter-spacing: -.01em; }
footer { color: var(--dim); font-size: .875rem; padding: 2.5rem 0 3rem; display: grid; gap: .25rem; }
main > section, search { margin-top: 2rem; display: block; }
main > section > h2 { font-size: 1.15rem; letter-spacing: -.01em; margin-bottom: .75rem; }
h2:has(.badge) { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; }

main > .notice { border-radius: 12px; padding: .9rem 1.1rem; margin-top: .75rem; border: 1px solid transparent; }
main > .notice.good { display: flex; flex-wrap: wrap; gap: .1rem .9rem; align-items: baseline; }
main > .notice h2 { font-size: 1.1rem; margin: 0 0 .15rem; display: flex; gap: .55rem; align-items: center; }
.notice form { margin-top: .5rem; }
.notice ul { list-style: disc; padding-left: 1.2rem; }
.notice.good { background: var(--good-tint); border-color: color-mix(in srgb, var(--good) 30%, transparent); }
.notice.warning { background: var(--warning-tint); border-color: color-mix(in srgb, var(--warning) 35%, transparent); }
.notice.bad { background: var(--bad-tint); border-color: color-mix(in srgb, var(--bad) 35%, transparent); }
.notice.good h2 { color: var(--good); } .notice.warning h2 { color: var(--warning); } .notice.bad h2 { color: var(--bad); }
.error-text { margin-top: .35rem; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9rem; }

.cards { display: grid; grid-template-columns: 1fr 1fr 1fr 1.5fr; gap: .9rem; margin-top: 1rem; }
.card, .service, .findings, .routes, .empty, .steps, .considered, .labels {
  background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow);
}
.card { padding: .9rem 1.1rem; display: flex; flex-direction: column; gap: .3rem; }
.card h2 { font-size: .8rem; font-weight: 600; color: var(--dim); letter-spacing: .02em; }
.card .big { font-size: 1.2rem; font-weight: 600; line-height: 1.35; letter-spacing: -.01em; }
.card .big.mono { font-size: 1.05rem; }

.badge {
  display: inline-flex; align-items: center; gap: .3rem; padding: .05rem .6rem .05rem .3rem; border-radius: 99px;
  font-size: .82rem; font-weight: 600; white-space: nowrap;
}
.sign {
  display: inline-grid; place-items: center; width: 1.1rem; height: 1.1rem; flex: none; border-radius: 50%;
  font-size: .72rem; font-weight: 800; line-height: 1;
}
.badge.good { color: var(--good); background: var(--good-tint); }
.badge.warning { color: var(--warning); background: var(--warning-tint); }
.badge.bad { color: var(--bad); background: var(--bad-tint); }
.badge.quiet { color: var(--quiet); background: var(--quiet-tint); }
.sign.good { color: var(--sheet); background: var(--good); }
.sign.warning { color: var(--sheet); background: var(--warning); }
.sign.bad { color: var(--sheet); background: var(--bad); }
.sign.quiet { color: var(--sheet); background: var(--quiet); }

form { display: flex; flex-wrap: wrap; gap: .5rem .6rem; align-items: center; }
form label { flex-basis: 100%; color: var(--dim); font-size: .9rem; }
.asking { display: grid; grid-template-columns: 1fr 1.35fr; gap: 1rem 2rem; align-items: end; margin-top: 2rem; }
.asking > search { margin-top: 0; }
.question { margin-top: 1.5rem; } .asking > .question { margin-top: 0; }
.form-title { flex-basis: 100%; color: var(--dim); font-size: .9rem; }
.question .field { flex: 1 1 7rem; min-width: 0; position: relative; }
.question .field { display: grid; gap: .15rem; font-size: .82rem; } .question .field > * { font-size: 1rem; width: 100%; max-width: none; }
.question .field-host { flex-grow: 3; flex-basis: 12rem; } .question .field-method { flex: 0 1 7rem; }
.question button { align-self: end; }
input, select, button { font: inherit; color: inherit; border: 1px solid var(--dim); border-radius: 8px; padding: .45rem .8rem; min-height: 2.75rem; }
select { background: var(--sheet); }
.question input, .question select { color: var(--ink); }
input { background: var(--sheet); flex: 1 1 14rem; min-width: 0; max-width: 32rem; }
input::placeholder { color: var(--dim); opacity: 1; }
button { background: var(--ink); color: var(--ground); border-color: var(--ink); font-weight: 600; cursor: pointer; }

.codes { display: flex; flex-wrap: wrap; gap: .4rem; margin-bottom: .75rem; }
.codes a { display: block; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 99px; background: var(--sheet); text-decoration: none; font-size: .88rem; }
.codes a:hover { border-color: var(--link); }
.findings > li { padding: .8rem 1.1rem; display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .1rem 1.25rem; }
.findings > li + li { border-top: 1px solid var(--line); }
.finding-of { font-weight: 600; }
.finding > p + p { margin-top: .2rem; max-width: 84ch; }

table { width: 100%; border-spacing: 0; table-layout: fixed; text-align: left; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .55rem 1.1rem; vertical-align: top; }
thead th { overflow-wrap: normal; font-size: .82rem; font-weight: 600; color: var(--dim); }
tbody th { font-weight: 500; }
tbody th, tbody td { border-top: 1px solid var(--line); }
.routes th:nth-child(1) { width: 46%; } .routes th:nth-child(3) { width: 22%; }

.service { margin-bottom: .6rem; }
.service > summary { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; padding: .75rem 1.1rem; cursor: pointer; list-style: none; border-radius: 12px; }
.service > summary::-webkit-details-marker { display: none; }
.service > summary::before { margin: 0 .2rem 0 .1rem; content: ''; width: .45rem; height: .45rem; border: solid var(--dim); border-width: 0 2px 2px 0; transform: rotate(-45deg); flex: none; }
.service[open] > summary::before { transform: rotate(45deg); }
.service > summary:hover h3 { text-decoration: underline; text-underline-offset: .18em; }
.service > summary .dim { margin-left: auto; }
h3 { font-size: 1rem; min-width: 0; max-width: calc(100% - 2rem); }
h4 { font-size: .82rem; color: var(--dim); font-weight: 600; margin-bottom: -.6rem; }
.service:has(:target) { border-color: var(--link); }
.service-body { scroll-margin-top: 4.5rem; padding: .1rem 1.1rem 1rem; display: grid; gap: .75rem; }
.service-body .finding { background: var(--tint); border-radius: 8px; padding: .6rem .8rem; }
.service-body .finding code { background: var(--sheet); }
.containers th, .containers td { padding: .45rem 1rem .45rem 0; }
.containers th { width: 38%; }

.steps { padding: .8rem 1.1rem; display: grid; gap: .35rem; }
.steps + .steps, p + .steps { margin-top: .75rem; }
.steps .containers { margin: .3rem 0 -.4rem; }
.considered, .labels { list-style: none; padding: 0; }
.considered > li, .labels > li { padding: .8rem 1.1rem; display: grid; gap: .35rem; }
.considered > li + li, .labels > li + li { border-top: 1px solid var(--line); }
.considered > li > p { display: flex; flex-wrap: wrap; gap: .15rem .7rem; align-items: baseline; }
.labels .finding, .steps .finding { background: var(--tint); border-radius: 8px; padding: .6rem .8rem; }
.labels .finding code, .steps .finding code { background: var(--sheet); }
.tests { display: grid; gap: .1rem; font-size: .94rem; }
.tests > li { display: grid; grid-template-columns: 2.4rem 1fr; } .tests .yes, .tests .no { font-weight: 600; }
.yes { color: var(--good); } .no { color: var(--bad); }

.empty { padding: 1.4rem; display: grid; gap: .8rem; }
figure { min-width: 0; }
figcaption { color: var(--dim); font-size: .88rem; font-weight: 600; margin-bottom: .3rem; }
.examples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1rem; }
.examples figure { display: flex; flex-direction: column; } .examples pre { flex: 1; }
pre { background: var(--tint); border-radius: 8px; padding: 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; }

@media (max-width: 40rem) {
  body { padding: 0 .9rem; }
  table { font-size: .94rem; }
  .routes th:nth-child(1) { width: 40%; } .routes th:nth-child(3) { width: 30%; } .routes .dim { display: block; }
  .question .field-host { flex-basis: 100%; } .question .field-path { flex-basis: 8rem; }
  .card { padding: .75rem .85rem; }
  .card .big { font-size: 1.05rem; }
  .findings > li { grid-template-columns: 1fr; padding: .75rem .9rem; }
  th, td { padding: .5rem .4rem .5rem .8rem; }
  .containers th { width: 42%; }
  .service > summary .dim { margin-left: 1.2rem; flex-basis: 100%; }
}
@media (max-width: 52rem) { .asking { grid-template-columns: 1fr; } }
@media (max-width: 52rem) { .cards { grid-template-columns: 1fr 1fr; gap: .6rem; } .card:nth-child(n + 3) { grid-column: 1 / -1; } }
@media (max-width: 20rem) { .card { grid-column: 1 / -1; } }
@media print { body { background: none; } .card, .service, .findings, .routes { box-shadow: none; } search { display: none; } }
`;

/** One line in, three lines out. */
export const LOGO = `<svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" aria-hidden="true"><path d="M3 16h7M14 16h8M13 13c2-5 5-6 9-6M13 19c2 5 5 6 9 6" opacity=".85"/><circle cx="11" cy="16" r="3" fill="currentColor"/><circle cx="26" cy="7" r="2.6"/><circle cx="26" cy="16" r="2.6"/><circle cx="26" cy="25" r="2.6"/></svg>`;

/** The logo for the browser's tab, as a `data:` URL: without one, browsers ask for `/favicon.ico`. */
export const ICON_HREF = `data:image/svg+xml,${encodeURIComponent(
  LOGO.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"').replaceAll('currentColor', '#2b86d9'),
)}`;
