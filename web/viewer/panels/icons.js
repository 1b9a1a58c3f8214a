// @ts-check
// Line icons on a 24 grid, drawn here.

import { html, svg } from "lit-html";

const PATHS = {
  layers: svg`<path d="M12 3 3 8l9 5 9-5-9-5Z"/><path d="m3 12.5 9 5 9-5"/><path d="m3 17 9 5 9-5" opacity=".5"/>`,
  legend: svg`<rect x="4" y="4" width="5" height="5" rx="1.2"/><path d="M13 6.5h7"/><circle cx="6.5" cy="17.5" r="2.6"/><path d="M13 17.5h7M4 12h16" />`,
  home: svg`<path d="m4 11 8-7 8 7"/><path d="M6.5 9.5V20h11V9.5"/><path d="M10 20v-6h4v6"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  minus: svg`<path d="M5 12h14"/>`,
  tilt: svg`<path d="m3 15 9 4.5 9-4.5-9-4.5L3 15Z"/><path d="M12 10.5V3m0 0L9.2 5.8M12 3l2.8 2.8"/>`,
  underground: svg`<path d="M3 8.5h4l2-2h6l2 2h4"/><path d="M4 13.5h9.5a3 3 0 0 1 3 3V21" /><path d="M4 17.5h7a1.5 1.5 0 0 1 1.5 1.5v2" /><circle cx="19.5" cy="13.5" r="1.4"/>`,
  share: svg`<circle cx="6" cy="12" r="2.6"/><circle cx="17.5" cy="5.5" r="2.6"/><circle cx="17.5" cy="18.5" r="2.6"/><path d="m8.3 10.7 6.9-3.9M8.3 13.3l6.9 3.9"/>`,
  help: svg`<circle cx="12" cy="12" r="9"/><path d="M9.4 9.3a2.7 2.7 0 1 1 3.9 2.6c-.9.5-1.3 1-1.3 2"/><path d="M12 17.2v.1"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  search: svg`<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5.5 5.5"/>`,
  locate: svg`<circle cx="12" cy="12" r="6.5"/><circle cx="12" cy="12" r="1.6"/><path d="M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3"/>`,
  sliders: svg`<path d="M4 8h9m4 0h3M4 16h3m4 0h9"/><circle cx="15" cy="8" r="2"/><circle cx="9" cy="16" r="2"/>`,
  chevron: svg`<path d="m8 10 4 4 4-4"/>`,
  warning: svg`<path d="M12 4 2.8 19.5h18.4L12 4Z"/><path d="M12 10v4.5M12 17.2v.1"/>`,
  burst: svg`<path d="M3 15h6m6 0h6M3 19h18" /><path d="m12 15-1.6-4.2L6.5 12l2.3-3.2L6 5.6l3.9.4L12 2.5l2.1 3.5 3.9-.4-2.8 3.2 2.3 3.2-3.9-1.2L12 15Z"/>`,
  upstream: svg`<path d="M12 21v-8m0 0L6 7m6 6 6-6"/><path d="M3.5 8V4.5H7M20.5 8V4.5H17"/>`,
  downstream: svg`<path d="M6 4v4l6 5 6-5V4"/><path d="M12 13v8m0 0-3-3m3 3 3-3"/>`,
  connected: svg`<circle cx="5.5" cy="18" r="2.3"/><circle cx="12" cy="6" r="2.3"/><circle cx="18.5" cy="18" r="2.3"/><path d="m6.7 16 4.2-8m2.2 0 4.2 8M8 18h8"/>`,
  dig: svg`<path d="M3 7h4l1.5 12h7L17 7h4"/><path d="M10 12.5h4M12 3v6m0 0-2-2m2 2 2-2"/>`,
  clearance: svg`<circle cx="5.5" cy="12" r="3"/><circle cx="18.5" cy="12" r="3"/><path d="M8.5 12h7M10.5 10l-2 2 2 2M13.5 10l2 2-2 2"/>`,
  section: svg`<path d="M3 6h18M3 6v3m18-3v3"/><circle cx="8" cy="13" r="2.4"/><circle cx="15.5" cy="16.5" r="3.2"/>`,
  risk: svg`<path d="M4 4v16h16"/><path d="M8 16v-3m4 3V9m4 7V5.5"/>`,
  draw: svg`<path d="m5 8 8-3.5 6.5 6L15 19 6.5 17 5 8Z"/><circle cx="5" cy="8" r="1.6"/><circle cx="13" cy="4.5" r="1.6"/><circle cx="19.5" cy="10.5" r="1.6"/><circle cx="15" cy="19" r="1.6"/><circle cx="6.5" cy="17" r="1.6"/>`,
  back: svg`<path d="m11 6-6 6 6 6M5 12h14"/>`,
  check: svg`<path d="M6 3.5h12v17H6z"/><path d="m9 12.5 2.2 2.2L15.5 10"/>`,
  ledger: svg`<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M3.5 9.5h17M9 9.5v10M3.5 14.5h17"/>`,
  download: svg`<path d="M12 4v11m0 0-4-4m4 4 4-4M5 19.5h14"/>`,
  sort: svg`<path d="M8 5v14m0 0-3-3m3 3 3-3M16 19V5m0 0-3 3m3-3 3 3"/>`,
  pin: svg`<path class="pin" d="M12 21.5 6.6 13a6.5 6.5 0 1 1 10.8 0L12 21.5Z"/><circle class="pin-eye" cx="12" cy="9.5" r="2"/>`,
  pinSuspected: svg`<path class="pin suspected" d="M12 21.5 6.6 13a6.5 6.5 0 1 1 10.8 0L12 21.5Z"/><circle class="pin-eye" cx="12" cy="9.5" r="3.2"/>`,
  info: svg`<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>`,
};

/** @param {keyof typeof PATHS} name */
export const icon = (name) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;

/**
 * The needle turns against the camera, so that its red end points north.
 * @param {number} heading degrees
 */
export const compass = (heading) => html`<svg class="icon compass" viewBox="0 0 24 24" aria-hidden="true">
  <g transform="rotate(${-heading} 12 12)">
    <path class="needle-north" d="M12 2.5 15.2 12H8.8L12 2.5Z" />
    <path class="needle-south" d="M12 21.5 8.8 12h6.4L12 21.5Z" />
  </g>
</svg>`;

/**
 * A legend's colour, as an SVG attribute: no inline style needed.
 * @param {string} color
 * @param {string} [shape] fill, line or circle
 */
export function swatch(color, shape = "fill") {
  const drawn =
    shape === "line"
      ? svg`<path class="casing" d="M2.5 8h13"/><path d="M2.5 8h13" stroke=${color} stroke-width="4" stroke-linecap="round"/>`
      : shape === "circle"
        ? svg`<circle cx="9" cy="8" r="5.5" fill=${color}/>`
        : svg`<rect x="1" y="2" width="16" height="12" rx="3" fill=${color}/>`;
  return html`<svg class="swatch" viewBox="0 0 18 16" aria-hidden="true">${drawn}</svg>`;
}
