// @ts-check
// The network's tools, one at a time.

import { html } from "lit-html";
import { t } from "../i18n.js";
import { clearancePanel } from "./clearance.js";
import { digPanel } from "./dig.js";
import { icon } from "./icons.js";
import { riskPanel } from "./risk.js";
import { sectionPanel } from "./section.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */
/** @typedef {import("../network-types.js").ToolName} ToolName */

/** @type {Partial<Record<ToolName, (state: State, actions: Actions) => unknown>>} */
const TOOLS = { dig: digPanel, clearance: clearancePanel, risk: riskPanel, section: sectionPanel };

/** @param {State} state */
const hasPipes = (state) => state.groups.some((group) => group.layers.some(({ theme }) => theme === "pipe_segment"));

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function networkPanel(state, actions) {
  const { tool } = state.network;
  const names = /** @type {ToolName[]} */ (Object.keys(TOOLS));
  return html`<div class="network" id="network">
    <div class="choices tools" role="group" aria-label=${t("network.tools")}>
      ${names.map(
        (name) => html`<button data-tool=${name} aria-pressed=${tool === name} @click=${() => actions.network.open(name)}>
          ${icon(name)} ${t(`network.${name}`)}
        </button>`,
      )}
    </div>
    ${hasPipes(state) ? "" : html`<p class="notice" id="no-network">${icon("warning")} <span>${t("network.none")}</span></p>`}
    ${TOOLS[tool]?.(state, actions)}
  </div>`;
}
