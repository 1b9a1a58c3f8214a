// Copies what the browser needs out of node_modules into web/viewer/vendor, so that the server (and the wheel)
// serves everything from the package's own folder. Run after `npm ci`; running it again gives the same tree.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const target = join(root, "web", "viewer", "vendor");
const staging = `${target}.new`;

const cesium = "cesium/Build/Cesium";
/** Source below node_modules → destination below vendor. Folders are copied whole. */
const files = {
  [`${cesium}/index.js`]: "cesium/index.js",
  [`${cesium}/Workers`]: "cesium/Workers",
  [`${cesium}/Assets/approximateTerrainHeights.json`]: "cesium/Assets/approximateTerrainHeights.json",
  [`${cesium}/Assets/IAU2006_XYS`]: "cesium/Assets/IAU2006_XYS",
  [`${cesium}/Assets/Images`]: "cesium/Assets/Images",
  [`${cesium}/Assets/Textures/NaturalEarthII`]: "cesium/Assets/Textures/NaturalEarthII",
  [`${cesium}/Assets/Textures/waterNormalsSmall.jpg`]: "cesium/Assets/Textures/waterNormalsSmall.jpg",
  [`${cesium}/ThirdParty/draco_decoder.wasm`]: "cesium/ThirdParty/draco_decoder.wasm",
  [`${cesium}/ThirdParty/basis_transcoder.wasm`]: "cesium/ThirdParty/basis_transcoder.wasm",
  [`${cesium}/Widgets/CesiumWidget/CesiumWidget.css`]: "cesium/CesiumWidget.css",
  "cesium/LICENSE.md": "cesium/LICENSE.md",
  "lit-html/lit-html.js": "lit-html/lit-html.js",
  "lit-html/directive.js": "lit-html/directive.js",
  "lit-html/directive-helpers.js": "lit-html/directive-helpers.js",
  "lit-html/directives/live.js": "lit-html/directives/live.js",
  "lit-html/directives/repeat.js": "lit-html/directives/repeat.js",
  "lit-html/LICENSE": "lit-html/LICENSE",
  "pbf/index.js": "pbf/index.js",
  "pbf/LICENSE": "pbf/LICENSE",
  "@mapbox/vector-tile/index.js": "@mapbox/vector-tile/index.js",
  "@mapbox/vector-tile/LICENSE.txt": "@mapbox/vector-tile/LICENSE.txt",
  "@mapbox/point-geometry/index.js": "@mapbox/point-geometry/index.js",
  "@mapbox/point-geometry/LICENSE": "@mapbox/point-geometry/LICENSE",
};

if (!existsSync(modules)) {
  console.error("vendor: no node_modules: run npm ci first");
  process.exit(1);
}
rmSync(staging, { recursive: true, force: true });
for (const [source, destination] of Object.entries(files)) {
  const to = join(staging, destination);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(modules, source), to, { recursive: true });
}
rmSync(target, { recursive: true, force: true });
renameSync(staging, target);
console.log(`vendor: ${Object.keys(files).length} entries copied to web/viewer/vendor`);
