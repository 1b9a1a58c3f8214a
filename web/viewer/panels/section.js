// @ts-check
// A cross-section: the line, what it cuts as a list, and the drawing over the map's lower edge.

import { html, nothing } from "lit-html";
import { formatted, t } from "../i18n.js";
import { sectionAddress } from "../section.js";
import { drawingControls } from "./drawing.js";
import { icon } from "./icons.js";
import { networkSwatch } from "./network-words.js";
import { leftOut } from "./told.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../network-types.js").SectionAnswer} SectionAnswer */
/** @typedef {import("../actions.js").Actions} Actions */

const ENDINGS = /** @type {const} */ (["svg", "pdf", "png", "dxf"]);

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function sectionPanel(state, actions) {
  const { section, drawing } = state.network;
  return html`<section class="tool" id="section" aria-label=${t("network.section")} aria-busy=${section.status === "loading"}>
    ${section.corners.length || drawing ? nothing : html`<p>${t("section.about")}</p>`} ${drawingControls(state, "section", actions)}
    ${section.status === "loading" ? html`<p class="hint waiting">${t("loading")}</p>` : nothing}
    ${section.status === "error" ? html`<p class="hint problem" role="alert">${icon("warning")} ${section.error}</p>` : nothing}
    ${section.answer ? answered(state, section.answer, actions) : nothing}
  </section>`;
}

/**
 * @param {State} state
 * @param {SectionAnswer} answer
 * @param {Actions} actions
 */
function answered(state, answer, actions) {
  const { corners, drawing } = state.network.section;
  const place = (/** @type {number} */ metres) => placeOn(answer, metres);
  return html`<p class="hint tight" id="section-count" role="status">${t("section.cuts", { count: formatted(answer.cuts.length), length: formatted(Math.round(answer.length_m * 10) / 10) })}</p>
    <div class="row">
      <button class="plain" id="section-open" aria-pressed=${drawing} @click=${() => actions.network.showSection(!drawing)}>${t(drawing ? "section.hide" : "section.show")}</button>
    </div>
    <p class="reports">
      ${t("section.files")} ${ENDINGS.map((ending) => html`<a href=${sectionAddress(corners, ending, state.lang)} download="section.${ending}">${ending.toUpperCase()}</a>`)}
    </p>
    <ol class="found">
      ${answer.cuts.map(
        (cut) => html`<li>
          <button class="line" @click=${() => void actions.network.lookAtPlace(place(cut.offset_m))}>
            ${networkSwatch(cut.network, actions)}
            <span>
              <b>${t(`network.of.${cut.network}`)} ${cut.size ?? ""}</b> <span class="unit">${cut.key}</span>
              <small>${t("section.at", { offset: cut.offset_m.toFixed(1) })} · ${depthOf(cut)}${cut.spacing_m === null ? "" : ` · ${t("section.spacing", { spacing: cut.spacing_m.toFixed(2) })}`}</small>
            </span>
            ${icon("locate")}
          </button>
        </li>`,
      )}
    </ol>
    ${leftOut(answer.left_out)}
    <p class="hint tight">${t("section.caution")}</p>`;
}

/**
 * How deep it lies; where nobody has surveyed that, it is what its source gives or takes, and is told so.
 * @param {import("../network-types.js").Cut} cut
 */
function depthOf({ depth_m: depth, surveyed }) {
  if (depth === null) return t("dig.depthUnknown");
  return t(surveyed ? "dig.depthOf" : "section.depthNotSurveyed", { depth: depth.toFixed(2) });
}

/**
 * @param {SectionAnswer} answer
 * @param {number} metres along its line
 * @returns {import("../network-types.js").Corner}
 */
function placeOn({ line, length_m: length }, metres) {
  // Lines across streets are short and nearly straight: their share is close enough to look at.
  const share = Math.min(Math.max(length ? metres / length : 0, 0), 1) * (line.length - 1);
  const index = Math.min(Math.floor(share), line.length - 2);
  const [from, to] = [line[index], line[index + 1]];
  return [from[0] + (to[0] - from[0]) * (share - index), from[1] + (to[1] - from[1]) * (share - index)];
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function sectionDrawing(state, actions) {
  const { tool, section } = state.network;
  if (tool !== "section" || !section.drawing || !section.answer || state.panel !== "network") return nothing;
  return html`<section class="card drawn" id="section-drawing" aria-label=${t("network.section")}>
    <header>
      <h2>${t("network.section")}</h2>
      <button class="quiet" id="section-enlarge" aria-pressed=${section.enlarged} aria-label=${t("section.enlarge")} title=${t("section.enlarge")} @click=${() => enlarge(actions, !section.enlarged)}>${icon(section.enlarged ? "minus" : "plus")}</button>
      <button class="quiet" aria-label=${t("close")} title=${t("close")} @click=${() => actions.network.showSection(false)}>${icon("close")}</button>
    </header>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("network.section")}>
      <img class=${section.enlarged ? "enlarged" : "whole"} @click=${(/** @type {MouseEvent} */ event) => enlarge(actions, !section.enlarged, shareOf(event))} src=${sectionAddress(section.corners, "svg", state.lang)} alt=${t("section.alt", { count: section.answer.cuts.length })} />
    </div>
  </section>`;
}

/**
 * Where in a picture it was pressed, as shares of its width and height.
 * @param {MouseEvent} event
 */
function shareOf({ offsetX, offsetY, target }) {
  const { clientWidth, clientHeight } = /** @type {HTMLImageElement} */ (target);
  return { x: offsetX / clientWidth, y: offsetY / clientHeight };
}

/**
 * Show the drawing larger, or whole again; what was pressed, or the ground line's middle, is then in the middle.
 * @param {Actions} actions
 * @param {boolean} enlarged
 */
function enlarge(actions, enlarged, { x, y } = { x: 0.5, y: 0.25 }) {
  actions.network.enlargeSection(enlarged);
  requestAnimationFrame(() => {
    const view = document.querySelector("#section-drawing .scroll");
    view?.scrollTo(view.scrollWidth * x - view.clientWidth / 2, view.scrollHeight * y - view.clientHeight / 2);
  });
}
