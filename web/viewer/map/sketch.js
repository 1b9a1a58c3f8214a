// @ts-check
// What a person draws and what answers point at: outline, pit, line, handles and pins, over the city's layers.

import {
  BillboardCollection,
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  PerInstanceColorAppearance,
  PointPrimitiveCollection,
  PolylineColorAppearance,
  PolylineGeometry,
  Primitive,
  PrimitiveCollection,
  VerticalOrigin,
  WallGeometry,
  ArcType,
} from "cesium";
import { along, drawnHeights, knownHeights } from "./ground.js";
import { PIN_SCALE, pinImage } from "./labels.js";

/** @typedef {import("cesium").CesiumWidget} CesiumWidget */
/** @typedef {import("../network-types.js").Corner} Corner */

/**
 * @typedef {object} Shape A line on the ground, or an outline with walls down to a depth.
 * @property {Corner[]} corners
 * @property {boolean} closed
 * @property {boolean} handles corners can be moved
 * @property {number} depthM of its walls; 0: none
 */

/** @typedef {{place: Corner, heightM: number | null, text: string, color: string}} Pin heightM above the ellipsoid; null: on the ground */

const INK = Color.fromCssColorString("#ff5a1f");
const STEP_M = 3;
const ABOVE_M = 0.12;
const REFINE_MS = 150;
const FAR = Number.POSITIVE_INFINITY;

export class Sketch {
  /** @param {CesiumWidget} widget */
  constructor(widget) {
    this.widget = widget;
    /** @type {PrimitiveCollection | null} made when something is first drawn */
    this.drawn = null;
    /** @type {Shape | null} */
    this.shape = null;
    /** @type {Pin[]} */
    this.pins = [];
    /** @type {import("../types.js").City | null} */
    this.city = null;
    this.timer = 0;
    this.turn = 0;
    /** Whether better heights of the ground are on their way. */
    this.pending = false;
  }

  /**
   * @param {import("../types.js").City | null} city
   * @param {Shape | null} shape
   * @param {Pin[]} pins
   */
  show(city, shape, pins) {
    if (shape === this.shape && pins === this.pins) return;
    if (!shape && !pins.length && !this.drawn) return;
    Object.assign(this, { city, shape, pins });
    clearTimeout(this.timer);
    const turn = ++this.turn;
    const line = lineOf(shape);
    const places = [...line, ...pins.map(({ place }) => place)];
    this.draw(line, drawnHeights(this.widget, city, places));
    this.pending = places.length > 0;
    if (!this.pending) return;
    this.timer = window.setTimeout(async () => {
      const heights = await knownHeights(this.widget, city, places);
      if (turn !== this.turn) return;
      this.draw(line, heights);
      this.pending = false;
    }, REFINE_MS);
  }

  /**
   * @param {Corner[]} line
   * @param {number[]} heights of the line's places, then of the pins'
   */
  draw(line, heights) {
    const drawn = /** @type {PrimitiveCollection} */ (this.drawn ??= this.widget.scene.primitives.add(new PrimitiveCollection()));
    drawn.removeAll();
    if (this.shape && line.length) {
      const places = line.map((place, index) => Cartesian3.fromDegrees(...place, heights[index] + ABOVE_M));
      if (line.length > 1) drawn.add(lineOn(places));
      if (this.shape.depthM && line.length > 2) drawn.add(wallsOf(places, heights.slice(0, line.length), this.shape.depthM));
      if (this.shape.handles) drawn.add(handlesOf(this.shape.corners, line, places));
    }
    if (this.pins.length) drawn.add(pinsOf(this.pins, heights.slice(line.length), this.widget.scene));
    this.widget.scene.requestRender();
  }
}

/**
 * @param {Shape | null} shape
 * @returns {Corner[]}
 */
function lineOf(shape) {
  if (!shape?.corners.length) return [];
  const { corners, closed } = shape;
  return along(closed ? [...corners, corners[0]] : corners, STEP_M);
}

/** @param {Cartesian3[]} places */
function lineOn(places) {
  const geometry = new PolylineGeometry({ positions: places, width: 4, arcType: ArcType.NONE, vertexFormat: PolylineColorAppearance.VERTEX_FORMAT });
  return new Primitive({
    geometryInstances: new GeometryInstance({
      geometry,
      attributes: {
        color: ColorGeometryInstanceAttribute.fromColor(INK),
        // Behind a house it is fainter, and still there.
        depthFailColor: ColorGeometryInstanceAttribute.fromColor(INK.withAlpha(0.55)),
      },
    }),
    appearance: new PolylineColorAppearance({ translucent: false }),
    depthFailAppearance: new PolylineColorAppearance({ translucent: true }),
    asynchronous: false,
    allowPicking: false,
  });
}

/**
 * @param {Cartesian3[]} places
 * @param {number[]} heights
 * @param {number} depthM
 */
function wallsOf(places, heights, depthM) {
  const geometry = new WallGeometry({
    positions: places,
    maximumHeights: heights,
    minimumHeights: heights.map((height) => height - depthM),
    vertexFormat: PerInstanceColorAppearance.FLAT_VERTEX_FORMAT,
  });
  return new Primitive({
    geometryInstances: new GeometryInstance({ geometry, attributes: { color: ColorGeometryInstanceAttribute.fromColor(INK.withAlpha(0.28)) } }),
    appearance: new PerInstanceColorAppearance({ flat: true, translucent: true }),
    asynchronous: false,
    allowPicking: false,
  });
}

/**
 * @param {Corner[]} corners
 * @param {Corner[]} line
 * @param {Cartesian3[]} places
 */
function handlesOf(corners, line, places) {
  const points = new PointPrimitiveCollection();
  for (const corner of corners) {
    const index = line.findIndex(([longitude, latitude]) => longitude === corner[0] && latitude === corner[1]);
    points.add({
      position: places[index],
      pixelSize: 11,
      color: Color.WHITE,
      outlineColor: INK,
      outlineWidth: 3,
      disableDepthTestDistance: FAR,
    });
  }
  return points;
}

/**
 * @param {Pin[]} pins
 * @param {number[]} heights
 * @param {import("cesium").Scene} scene
 */
function pinsOf(pins, heights, scene) {
  const billboards = new BillboardCollection({ scene });
  pins.forEach(({ place, heightM, text, color }, index) => {
    billboards.add({
      position: Cartesian3.fromDegrees(...place, heightM ?? heights[index]),
      image: /** @type {any} */ (pinImage(text, color)),
      scale: PIN_SCALE,
      verticalOrigin: VerticalOrigin.BOTTOM,
      disableDepthTestDistance: FAR,
    });
  });
  return billboards;
}
