/*
 * The style of the page; see html_style.h. Colours are variables, given once for
 * light and once for dark; paper is always light. Pictures come in two sizes and
 * the narrow one is shown on phones and on paper, so that their text stays legible.
 */
#include "render/html_style.h"

#include "render/svg.h"

static const char light[] =
    "--page:#fff;--card:#fff;--soft:#f6f7f9;--line:#e1e5ea;--text:#1d232b;--mute:#5b6472;"
    "--link:#1f5fd0;--good:#0f7a4f;--good-soft:#e7f5ee;--bad:#b3202a;--bad-soft:#fdecec;"
    "--warning:#8a5800;--warning-soft:#fdf3dc;--neutral:#1f5fd0;--neutral-soft:#eaf1fd;";
static const char dark[] =
    "--page:#14181d;--card:#191e24;--soft:#1d232b;--line:#2d353f;--text:#e6e9ee;"
    "--mute:#9aa4b2;--link:#8ab4ff;--good:#56d39b;--good-soft:#12291f;--bad:#ff8585;"
    "--bad-soft:#321a1d;--warning:#f0b955;--warning-soft:#2e2410;--neutral:#8ab4ff;"
    "--neutral-soft:#17243a;";

static const char screen_rules[] =
    "*{box-sizing:border-box}"
    "html{-webkit-text-size-adjust:100%}"
    "body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,"
    "-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",sans-serif;"
    "font-variant-numeric:tabular-nums}"
    "main{max-width:1160px;margin:0 auto;padding:20px 24px 56px}"
    "h1,h2,h3,p,ul,figure,table,dl,pre{margin:0}"
    "h2{font-size:19px;line-height:1.3;margin:40px 0 12px;letter-spacing:-.01em}"
    "h3{font-size:15px;line-height:1.4;margin:0 0 2px}"
    "a{color:var(--link)}"
    ".top{display:flex;flex-wrap:wrap;gap:4px 20px;justify-content:space-between;"
    "color:var(--mute);font-size:13px;margin-bottom:14px}"
    ".top nav{display:flex;flex-wrap:wrap;gap:4px 14px}"
    ".verdict{border-radius:10px;padding:22px 26px;background:var(--tone-soft);"
    "border-left:6px solid var(--tone)}"
    ".verdict h1{color:var(--tone);font-size:36px;line-height:1.15;letter-spacing:-.02em}"
    ".verdict p{font-size:17px;margin-top:8px;max-width:78ch;overflow-wrap:anywhere}"
    ".verdict ul{margin-top:10px;padding-left:20px}"
    ".good{--tone:var(--good);--tone-soft:var(--good-soft)}"
    ".bad{--tone:var(--bad);--tone-soft:var(--bad-soft)}"
    ".warning{--tone:var(--warning);--tone-soft:var(--warning-soft)}"
    ".neutral{--tone:var(--neutral);--tone-soft:var(--neutral-soft)}"
    ".quiet{--tone:var(--mute);--tone-soft:var(--soft)}"
    ".run{display:flex;flex-wrap:wrap;gap:6px 28px;margin:16px 2px 0}"
    ".run div{min-width:0}.run dt{color:var(--mute);font-size:12.5px}"
    ".run dd{margin:0;overflow-wrap:anywhere}"
    ".tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin-top:20px}"
    ".tiles.gates{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}"
    ".tiles.gates .name::first-letter{text-transform:uppercase}"
    ".tile{border:1px solid var(--line);border-radius:10px;padding:12px 14px;"
    "background:var(--card);min-width:0}"
    ".tile .name{color:var(--mute);font-size:13px}"
    ".tile .value{font-size:25px;line-height:1.25;font-weight:650;letter-spacing:-.02em;"
    "white-space:nowrap}"
    ".tile .value.words{font-size:17px;line-height:1.4;letter-spacing:0;white-space:normal}"
    ".tile.good .value,.tile.bad .value,.tile.warning .value{color:var(--tone)}"
    ".tile .more{color:var(--mute);font-size:12.5px;overflow-wrap:anywhere}"
    ".scroll{overflow-x:auto}"
    ".scroll+h3,p+h3{margin-top:26px}"
    "table{border-collapse:collapse;width:100%;font-size:14px}"
    "caption{text-align:left;color:var(--mute);font-size:13px;padding-bottom:6px}"
    "th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:top;font-weight:400}"
    "thead th{color:var(--mute);font-size:12.5px;border-bottom-color:var(--mute);"
    "vertical-align:bottom}"
    "tbody th{font-weight:550}"
    "th:first-child,td:first-child{padding-left:2px}"
    ".n{text-align:right;white-space:nowrap}"
    ".d{color:var(--mute);overflow-wrap:anywhere}"
    ".w{overflow-wrap:anywhere}"
    ".tag{display:inline-block;border-radius:99px;padding:0 9px;font-size:13px;"
    "font-weight:600;white-space:nowrap;color:var(--tone);background:var(--tone-soft)}"
    ".bar{display:block;height:6px;border-radius:3px;background:var(--p10);margin-top:4px;"
    "min-width:2px}"
    ".hint{font-weight:400;font-size:13px;margin-left:8px}"
    ".note{color:var(--mute);font-size:13px;margin-top:8px;max-width:90ch}"
    ".plots{display:grid;grid-template-columns:1fr 1fr;gap:14px}"
    "figure{border:1px solid var(--line);border-radius:10px;padding:14px 16px;"
    "background:var(--card);min-width:0}"
    "figure .narrow{display:none}"
    "figure svg{display:block;width:100%;height:auto;margin-top:6px}"
    "figcaption .d{font-size:13px}"
    ".two{columns:2;column-gap:36px}"
    ".two>section{break-inside:avoid}"
    ".sides{table-layout:fixed}"
    ".evidence{border-left:3px solid var(--tone);padding-left:14px;margin:14px 0;"
    "max-width:100ch;break-inside:avoid}.evidence h3::first-letter{text-transform:"
    "uppercase}.evidence .note{margin-top:2px}"
    ".sums{font-size:15px;line-height:1.9}"
    ".sums b{font-weight:650}"
    "code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);"
    "border-radius:8px;padding:10px 12px}"
    "details>summary{cursor:pointer;color:var(--mute);font-size:13px;margin:14px 0 6px}"
    "footer{margin-top:44px;color:var(--mute);font-size:13px}";

static const char phone_and_paper_rules[] =
    "@media(max-width:1000px){.tiles{grid-template-columns:repeat(3,1fr)}}"
    "@media(max-width:860px){.plots{grid-template-columns:1fr}.two{columns:1}}"
    "@media(max-width:560px){main{padding:14px 16px 40px}"
    ".tiles,.tiles.gates{grid-template-columns:1fr 1fr;gap:8px}.tile{padding:10px 12px}"
    ".tile .value{font-size:22px}.tile .value.words{font-size:15px}"
    ".verdict{padding:16px 18px}.verdict h1{font-size:29px}.verdict p{font-size:16px}"
    "figure{padding:12px 10px}figure .wide{display:none}figure .narrow{display:block}"
    "table{font-size:13px}th,td{padding:5px 6px}h2{margin-top:32px}"
    ".x{display:none}td.n.d{white-space:normal}}"
    "@page{size:A4;margin:13mm}"
    "@media print{body{font-size:9.5pt;background:#fff}main{max-width:none;padding:0}"
    ".top nav,details>summary,.p{display:none}"
    ".two{columns:1}"
    ".tiles{grid-template-columns:repeat(6,1fr);gap:6px}"
    ".tiles.gates{grid-template-columns:repeat(5,1fr)}.tile{padding:7px 8px}"
    ".tile .value{font-size:13pt}.tile .value.words{font-size:9pt}"
    ".tile .name,.tile .more{font-size:7.5pt}"
    ".verdict{padding:12px 16px;-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}.verdict h1{font-size:21pt}.verdict p{font-size:10.5pt}"
    ".plots{grid-template-columns:1fr 1fr;gap:8px}figure{padding:8px}"
    "figure .wide{display:none}figure .narrow{display:block}"
    ".bar,.tag{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "figure,tr,.tile{break-inside:avoid}h2,h3{break-after:avoid}"
    "h2{font-size:12.5pt;margin:18px 0 6px}table{font-size:8.5pt}th,td{padding:3px 6px}"
    ".note,caption,figcaption .d,.hint{font-size:7.5pt}}";

static void put_scheme(struct buf *out, const char *query, const char *colours,
                       bool is_dark)
{
    buf_printf(out, "%s:root{%s", query, colours);
    svg_colours(is_dark, out);
    buf_puts(out, query[0] != '\0' ? "}}\n" : "}\n");
}

void html_style(struct buf *out)
{
    put_scheme(out, "", light, false);
    put_scheme(out, "@media screen and (prefers-color-scheme:dark){", dark, true);
    buf_puts(out, screen_rules);
    buf_puts(out, phone_and_paper_rules);
}
