"""The style sheet of a picture; every rule is limited to the picture.

Sizes of flex blocks, buttons and corners are those of LINE's Flex Message Simulator
(https://developers.line.biz/flex-message-simulator/); LINE's pages document none of them.
"""

from __future__ import annotations

import re
from functools import cache

_LIGHT = (
    "--chat:#8cabd8;--say:#fff;--ink:#111;--soft:#666;--name:#40557a;--bar:#fff;--line:#e3e5e9;--key:#42659a;"
    "--link:#2f6fd6;--pill:#fff;--panel:#fff;--error:#d92d20;--doubt:#b25e09;--over:#ffd7d3"
)
_DARK = (
    "--chat:#16181c;--say:#2f3238;--ink:#f2f3f5;--soft:#a9adb5;--name:#aab2c0;--bar:#1f2126;--line:#43474f;"
    "--key:#8fb4ee;--link:#7fb0ff;--pill:#2b2e34;--panel:#1f2126;--error:#ff7a70;--doubt:#f5b04c;--over:#6b2a26"
)
# No font for Japanese, Chinese or Thai is named: the reader's system selects the regional glyph forms.
_FONT = "-apple-system,BlinkMacSystemFont,'Helvetica Neue',Helvetica,Roboto,'Segoe UI',Arial,sans-serif"

_CHAT = """
*{box-sizing:border-box;margin:0;padding:0;border:0 solid transparent;background:none;box-shadow:none;float:none;
  color:inherit;font:inherit;text-align:inherit;text-decoration:none;text-indent:0;text-transform:none;text-shadow:none;
  letter-spacing:normal;word-spacing:normal}
b{font-weight:700}
.lt-phone{width:375px;max-width:100%;background:var(--chat);border-radius:14px;overflow:hidden;display:flex;
  flex-direction:column;box-shadow:0 0 0 1px var(--line)}
.lt-bar{background:var(--bar);color:var(--ink);font-weight:600;font-size:16px;padding:11px 16px;
  border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.lt-bar::before{content:"\\2039";font-size:24px;line-height:16px;margin-inline-end:10px;font-weight:400}
.lt-chat{padding:14px 0 16px;display:flex;flex-direction:column;gap:8px}
.lt-row{display:grid;grid-template:auto auto/36px minmax(0,1fr);column-gap:8px;padding:0 10px;position:relative}
.lt-avatar{grid-area:1/1/3/2;width:36px;height:36px;border-radius:50%;overflow:hidden;background:#fff;color:#06c755;font-weight:700;
  font-size:17px;display:flex;align-items:center;justify-content:center}
.lt-avatar .lt-pic{width:36px;height:36px}
.lt-avatar .lt-addr{display:none}
.lt-first>.lt-who{grid-area:1/2}
.lt-name{font-size:12px;line-height:16px;color:var(--name);margin-bottom:3px;overflow-wrap:anywhere}
.lt-what{min-width:0;max-width:100%;grid-column:2;justify-self:start}
.lt-first>.lt-what{grid-row:2}
.lt-first>.lt-what.lt-below{grid-row:3;margin-top:5px}
.lt-what.lt-wide{grid-column:1/-1;justify-self:stretch;max-width:none;margin:0 -10px}
.lt-what.lt-wide>.lt-slide{padding-inline:54px 10px}
.lt-what.lt-below{padding-inline:10px}
.lt-row.lt-wrong>.lt-what{outline:2px solid var(--error);outline-offset:3px;border-radius:12px}
.lt-say{display:inline-block;position:relative;isolation:isolate;background:var(--say);color:var(--ink);border-radius:18px;
  padding:8px 13px;max-width:262px;font-size:15px;line-height:1.42;white-space:pre-wrap;overflow-wrap:anywhere;
  min-height:36px;min-width:36px}
.lt-first .lt-say::before{content:"";position:absolute;top:0;left:-5px;width:20px;height:14px;z-index:-1;
  background:var(--say);border-top-left-radius:2px;border-bottom-left-radius:18px 14px}
.lt-a{color:var(--link);text-decoration:underline}
.lt-card{width:248px;max-width:100%;background:var(--say);color:var(--ink);border-radius:16px;overflow:hidden;
  display:flex;flex-direction:column}
.lt-pad{padding:12px 14px}
.lt-head{font-weight:700;font-size:15px;line-height:1.35;overflow-wrap:anywhere}
.lt-sub{font-size:13px;line-height:1.45;color:var(--soft);overflow-wrap:anywhere;white-space:pre-wrap}
.lt-head+.lt-sub{margin-top:4px}
.lt-tpl .lt-sub,.lt-ask{font-size:14px;color:var(--ink);white-space:pre-wrap;line-height:1.45;overflow-wrap:anywhere}
.lt-tpl>.lt-pad{flex:1 0 auto}
.lt-tpl .lt-head{font-size:16px}
.lt-list{border-top:1px solid var(--line);padding:4px 0}
.lt-tap{display:block;color:var(--key);text-align:center;font-size:14px;line-height:20px;padding:11px 10px;
  text-decoration:none;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.lt-two{display:flex;border-top:1px solid var(--line)}
.lt-two .lt-tap{flex:1 1 0;min-width:0}
.lt-two .lt-tap+.lt-tap{border-inline-start:1px solid var(--line)}
.lt-thumb{background:#fff}
.lt-slide{display:flex;align-items:stretch;gap:8px;overflow-x:auto;scrollbar-width:none;width:100%}
.lt-slide>*{flex:none}
.lt-slide .lt-card{width:240px}
.lt-square{width:240px;border-radius:14px;overflow:hidden}
.lt-pill{position:absolute;left:50%;bottom:12px;transform:translateX(-50%);max-width:86%;background:rgba(0,0,0,.55);
  color:#fff;border-radius:20px;padding:6px 16px;font-size:14px;line-height:20px;text-decoration:none;
  white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.lt-pic{position:relative;width:100%;overflow:hidden;display:block;container-type:inline-size}
.lt-pic>img{position:absolute;inset:0;width:100%;height:100%;max-width:none;font-size:10px;overflow-wrap:anywhere}
.lt-pic>img.lt-own{position:static;display:block;height:auto;min-height:90px;max-height:400px;object-fit:cover}
.lt-cover{object-fit:cover}
.lt-fit{object-fit:contain}
.lt-addr{position:absolute;inset:0;display:flex;align-items:center;justify-content:center;text-align:center;
  padding:4px;font-size:10px;line-height:1.3;color:rgba(20,30,45,.72);overflow-wrap:anywhere;overflow:hidden}
.lt-addr>span{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.lt-addr.lt-top{align-items:flex-start;padding-top:8px}
.lt-media{width:240px;max-width:100%;border-radius:14px;overflow:hidden}
.lt-play{position:absolute;left:50%;top:50%;width:48px;height:48px;margin:-24px 0 0 -24px;border-radius:50%;
  background:rgba(0,0,0,.55);display:block;flex:none}
.lt-play::after{content:"";position:absolute;left:19px;top:14px;border-style:solid;border-width:10px 0 10px 16px;
  border-color:transparent transparent transparent #fff}
.lt-play.lt-small{position:relative;left:0;top:0;margin:0;width:32px;height:32px;background:#06c755}
.lt-play.lt-small::after{left:12px;top:9px;border-width:7px 0 7px 11px}
.lt-audio{display:inline-flex;align-items:center;gap:9px}
.lt-wave{display:flex;align-items:center;gap:2px}
.lt-wave i{width:2px;background:var(--soft);border-radius:1px}
.lt-sticker{width:150px;height:130px;border-radius:14px;border:1.5px dashed rgba(255,255,255,.75);display:flex;
  flex-direction:column;align-items:center;justify-content:center;color:#fff;font-size:12px;line-height:1.5;
  text-align:center;overflow:hidden;text-shadow:0 1px 2px rgba(0,0,0,.35)}
.lt-smile{font-size:44px;line-height:1.1}
.lt-map{height:120px;position:relative;
  background:linear-gradient(18deg,transparent 47%,#fff 47% 52%,transparent 52%),
  linear-gradient(104deg,transparent 30%,#fff 30% 34%,transparent 34% 66%,#fff 66% 71%,transparent 71%),
  linear-gradient(160deg,#cfe6c4 28%,#e9e6df 28% 80%,#b9d7ee 80%)}
.lt-map .lt-addr{align-items:flex-end;padding:0 0 6px}
.lt-pin{position:absolute;left:50%;top:42%;width:20px;height:20px;margin:-18px 0 0 -10px;background:#e5372b;
  border-radius:50% 50% 50% 0;transform:rotate(-45deg)}
.lt-pin::after{content:"";position:absolute;inset:6px;border-radius:50%;background:#fff}
.lt-ticket{background:#06c755;color:#fff;font-weight:700;font-size:12px;letter-spacing:.12em;padding:7px 14px}
.lt-odd{border:1.5px dashed var(--doubt)}
.lt-json{font:11px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;
  overflow-wrap:anywhere;color:var(--soft);margin-top:6px;max-height:220px;overflow:auto}
.lt-imagemap{width:300px;max-width:100%}
.lt-map-image{border-radius:12px;overflow:hidden}
.lt-area,.lt-film{position:absolute;display:block;overflow:hidden;text-decoration:none}
.lt-area{border:1.5px dashed rgba(255,255,255,.95);box-shadow:inset 0 0 0 1px rgba(0,0,0,.4);
  background:rgba(10,40,90,.10)}
.lt-area>b{position:absolute;left:4px;top:4px;min-width:18px;height:18px;border-radius:9px;
  background:rgba(0,0,0,.65);color:#fff;font-size:11px;line-height:18px;text-align:center;padding:0 4px}
.lt-legend{font-size:11px;line-height:1.5;color:var(--name);padding:5px 2px 0;overflow-wrap:anywhere}
.lt-quick{display:flex;gap:8px;overflow-x:auto;padding:2px 10px 14px;scrollbar-width:none}
.lt-quick .lt-reply{flex:none;display:inline-flex;align-items:center;gap:6px;background:var(--pill);
  color:var(--ink);border:1px solid var(--line);border-radius:20px;padding:8px 14px;font-size:14px;line-height:20px;
  text-decoration:none;max-width:280px}
.lt-reply .lt-pic{width:22px;height:22px;border-radius:50%;flex:none}
.lt-reply .lt-addr,.lt-icon .lt-addr{display:none}
.lt-chip{display:inline-block;border-radius:6px;padding:0 5px;margin:0 1px;font-size:.86em;line-height:1.4;
  background:#e8f1ff;color:#174ea6;border:1px solid #a9c7f5;max-width:100%;overflow:hidden;text-overflow:ellipsis;
  white-space:nowrap;vertical-align:bottom;text-align:start}
.lt-chip.lt-emoji,.lt-chip.lt-mention{display:inline;overflow:visible;vertical-align:baseline;background:none;border:0;
  color:inherit;padding:0;font-size:1em}
.lt-chip.lt-mention{color:var(--link)}
.lt-chip.lt-bad{background:#ffe9e7;color:#b42318;border-color:#f3aaa3}
.lt-over{background:var(--over);text-decoration:line-through;text-decoration-color:var(--error)}
.lt-blocked{text-decoration:line-through;text-decoration-color:var(--error)}
.lt-blocked::after{content:" \\26A0";color:var(--error)}
.lt-note{font-size:12px;line-height:1.45;color:var(--name);padding:0 12px 10px 54px;overflow-wrap:anywhere}
.lt-none{margin:6px auto;background:rgba(0,0,0,.28);color:#fff;border-radius:14px;padding:5px 14px;font-size:12px;
  line-height:1.5;max-width:300px;text-align:center}
.lt-problems{background:var(--panel);color:var(--ink);font-size:12px;line-height:1.45;
  border-top:1px solid var(--line);padding:8px 14px 10px}
.lt-problems>div{padding:3px 0;overflow-wrap:anywhere}
.lt-problems b{color:var(--doubt);font-weight:600}
.lt-problems .lt-error b{color:var(--error)}
.lt-gallery{display:flex;flex-wrap:wrap;gap:18px;align-items:flex-start}
.lt-gallery>div{width:375px;max-width:100%}
.lt-caption{display:flex;gap:8px;align-items:center;padding:0 2px 7px;font-size:13px;line-height:1.4;
  font-weight:600;overflow-wrap:anywhere}
.lt-status{flex:none;border-radius:10px;padding:1px 9px;font-size:11px;color:#fff;background:#667085}
.lt-status.lt-rendered{background:#067647}
.lt-status.lt-defaulted{background:#175cd3}
.lt-status.lt-aborted{background:#667085}
.lt-status.lt-uncertain{background:#b54708}
.lt-status.lt-invalid{background:#b42318}
.lt-title{font-size:17px;font-weight:700;line-height:1.4;padding:0 2px 12px;overflow-wrap:anywhere}
"""

_FLEX = """
.lt-bub{max-width:100%;background:#fff;color:#111;border-radius:17px;overflow:hidden;display:flex;
  flex-direction:column;font-size:16px;line-height:1.4;position:relative}
.lt-slide .lt-bub{max-width:none}
.lt-kilo,.lt-hecto,.lt-deca,.lt-micro,.lt-nano{border-radius:10px}
.lt-giga{border-radius:5px}
.lt-block{display:flex;flex-direction:column;flex:none}
.lt-block.lt-body{flex:1 0 auto}
.lt-block.lt-body>.lt-box{flex-grow:1!important}
.lt-header>.lt-box{padding:20px}
.lt-body>.lt-box{padding:19px 20px 20px}
.lt-kilo .lt-header>.lt-box,.lt-kilo .lt-body>.lt-box{padding:13px}
.lt-hecto .lt-header>.lt-box,.lt-hecto .lt-body>.lt-box,.lt-deca .lt-header>.lt-box,.lt-deca .lt-body>.lt-box{
  padding:11px 14px 13px}
.lt-micro .lt-header>.lt-box,.lt-micro .lt-body>.lt-box,.lt-nano .lt-header>.lt-box,.lt-nano .lt-body>.lt-box{
  padding:10px}
.lt-bub .lt-above>.lt-box{padding-bottom:10px}
.lt-kilo .lt-above>.lt-box,.lt-hecto .lt-above>.lt-box,.lt-deca .lt-above>.lt-box{padding-bottom:17px}
.lt-footer>.lt-box{padding:10px}
.lt-x{display:flex;flex-direction:column;min-width:0;max-width:100%;position:relative}
.lt-box{overflow:hidden;border-style:solid}
.lt-h{flex-direction:row}
.lt-h>.lt-x{overflow:hidden}
.lt-base{align-items:baseline}
.lt-text{width:auto}
.lt-p{display:block;max-width:100%;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;color:inherit;
  text-decoration:none}
.lt-p.lt-wrap{white-space:pre-wrap;overflow-wrap:anywhere;text-overflow:clip}
.lt-p:empty{height:1.4em}
.lt-fits{container-type:inline-size}
.lt-img{align-items:center;overflow:hidden}
.lt-draw{display:block;max-width:100%;flex:none;text-decoration:none}
.lt-icon{overflow:visible}
.lt-icon .lt-pic{width:100%;border-radius:2px}
.lt-button .lt-key{display:flex;align-items:center;justify-content:center;width:100%;height:52px;padding:0 16px;
  border-radius:8px;font-size:16px;text-decoration:none;flex:none}
.lt-button .lt-key.lt-sm{height:40px}
.lt-key.lt-primary{background-color:#17c950;color:#fff}
.lt-key.lt-secondary{background-color:#dcdfe5;color:#111}
.lt-key.lt-link{color:#42659a}
.lt-sep{flex:none;position:relative;height:0;border-color:#d4d6da;align-self:stretch;z-index:1}
.lt-sep::before{content:"";position:absolute;left:0;right:0;top:0;border-top:1px solid;border-color:inherit;
  transform:scaleY(.5);transform-origin:left top}
.lt-h>.lt-sep{height:auto;width:0;overflow:visible}
.lt-h>.lt-sep::before{right:auto;bottom:0;border-top:0;border-left:1px solid;border-color:inherit;
  transform:scaleX(.5)}
.lt-v>.lt-sep:last-child::before{top:-1px;transform-origin:left bottom}
.lt-h>.lt-sep:last-child::before{left:-1px;transform-origin:right top}
.lt-lost{font-size:11px;color:#b25e09;border:1px dashed #e0a35a;padding:2px 4px;overflow:hidden}
"""

# A text or box that hides a part of itself can be scrolled, and only then does this animation run: the
# mark needs no script. https://developer.mozilla.org/docs/Web/CSS/animation-timeline/scroll
_CUT = """
.lt-p,.lt-tap,.lt-pill{animation:linetap-cut linear both;animation-timeline:scroll(self inline)}
.lt-p.lt-wrap{animation:linetap-cut linear both;animation-timeline:scroll(self block)}
.lt-cut{animation:linetap-short linear both;animation-timeline:scroll(self block)}
"""
_SMALL = ".lt-addr{display:none}"  # no address can be read on so small an image; its tooltip has it
_CUT_FRAMES = (
    "@keyframes linetap-cut{from,to{box-shadow:inset 0 -2px 0 #f04438}}"
    "@keyframes linetap-short{from,to{box-shadow:inset 0 -1px 0 #f79009}}"
)

_RULE = re.compile(r"^([^\s{@][^{@]*)\{", re.MULTILINE)
_ROOT = ".linetap-picture.linetap-picture"  # twice: a notebook's own rules for links and tables are strong
# Notebooks with a theme of their own, whatever the desktop's is: JupyterLab, VS Code, Colab.
_DARK_NOTEBOOKS = ("[data-jp-theme-light=false]", ".vscode-dark", "html[theme=dark]")
_LIGHT_NOTEBOOKS = ("[data-jp-theme-light=true]", ".vscode-light", "html[theme=light]")


@cache
def sheet() -> str:
    """The style sheet; it styles nothing outside ``.linetap-picture`` and beats a notebook's own rules."""
    light, dark = (",".join(f"{w} {_ROOT}.lt-auto" for w in where) for where in (_LIGHT_NOTEBOOKS, _DARK_NOTEBOOKS))
    font = f"font:15px/1.4 {_FONT};color:var(--ink);text-align:start;margin:0;padding:0;-webkit-text-size-adjust:none"
    return "\n".join(
        [
            f"{_ROOT}{{{_LIGHT};{font}}}",
            f"@media(prefers-color-scheme:dark){{{_ROOT}.lt-auto{{{_DARK}}}}}",
            f"{_ROOT}.lt-dark,{dark}{{{_DARK}}}",
            f"{light}{{{_LIGHT}}}",
            _confined(_CHAT),
            _confined(_FLEX),
            f"@supports(animation-timeline:scroll()){{{_confined(_CUT)}}}",
            _CUT_FRAMES,
            f"@container(max-width:90px){{{_confined(_SMALL)}}}",
        ]
    )


def _confined(rules: str) -> str:
    def under_root(found: re.Match[str]) -> str:
        return ",".join(f"{_ROOT} {selector}" for selector in found[1].split(",")) + "{"

    return _RULE.sub(under_root, rules).strip()
