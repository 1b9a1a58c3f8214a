// @ts-check
// A computer without a graphics card draws the same city with less polish, so that it stays usable.

/**
 * @typedef {object} Quality
 * @property {number} samples multisampling
 * @property {number} anisotropy sharpness of draped layers seen at a slant
 * @property {boolean} atmosphere a sky, and haze computed for every tile of ground
 * @property {boolean} occlusion darker corners where walls meet the ground
 * @property {number} tileSliceMs time a frame may spend preparing tiles; long frames want a longer slice
 */

/** @type {Quality} */
const HIGH = { samples: 4, anisotropy: 16, atmosphere: true, occlusion: true, tileSliceMs: 5 };
/** @type {Quality} Anisotropic filtering alone costs a software renderer a second a frame. */
const LOW = { samples: 1, anisotropy: 1, atmosphere: false, occlusion: false, tileSliceMs: 80 };

/**
 * `?quality=high` or `low` decides; else the name of the renderer.
 * @returns {Quality}
 */
export function chosenQuality() {
  const asked = new URLSearchParams(location.search).get("quality");
  const slow = drawnInSoftware();
  const chosen = asked === "low" || (slow && asked !== "high") ? LOW : HIGH;
  return slow ? { ...chosen, tileSliceMs: LOW.tileSliceMs } : chosen;
}

function drawnInSoftware() {
  const context = document.createElement("canvas").getContext("webgl2");
  const named = context?.getExtension("WEBGL_debug_renderer_info");
  const renderer = named ? String(context?.getParameter(named.UNMASKED_RENDERER_WEBGL)) : "";
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}
