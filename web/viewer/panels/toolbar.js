// @ts-check
// The buttons at the right edge.

import { html } from "lit-html";
import { t } from "../i18n.js";
import { compass, icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */

/**
 * @param {string} id
 * @param {unknown} drawn
 * @param {() => void} act
 * @param {boolean} [pressed]
 */
const button = (id, drawn, act, pressed) => html`<button
  id="tool-${id}"
  aria-label=${t(`tool.${id}`)}
  data-tip=${t(`tool.${id}`)}
  aria-pressed=${pressed === undefined ? "false" : String(pressed)}
  class=${pressed ? "on" : ""}
  @click=${act}
>
  ${drawn}
</button>`;

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function toolbar(state, actions) {
  const { store } = actions;
  const other = state.lang === "en" ? "zh-CN" : "en";
  return html`<nav class="toolbar" aria-label=${t("tool.title")}>
    <div class="card">
      ${button("layers", icon("layers"), () => actions.showPanel("layers"), state.panel === "layers")}
      ${button("legend", icon("legend"), () => actions.showPanel("legend"), state.panel === "legend")}
      ${button("underground", icon("underground"), () => actions.toggleUnderground(), state.underground.on)}
    </div>
    <div class="card">
      ${button("home", icon("home"), () => actions.home())} ${button("zoomIn", icon("plus"), () => actions.zoom(0.6))}
      ${button("zoomOut", icon("minus"), () => actions.zoom(1.65))}
      ${button("tilt", icon("tilt"), () => actions.tilt())}
      ${button("north", compass(state.heading), () => actions.north())}
    </div>
    <div class="card">
      ${button("share", icon("share"), () => void actions.share())}
      ${button("lang", html`<span class="glyph" lang=${other}>${other === "en" ? "EN" : "中"}</span>`, () => actions.useLang(other))}
      ${button("help", icon("help"), () => store.set({ help: !state.help }), state.help)}
    </div>
  </nav>`;
}
