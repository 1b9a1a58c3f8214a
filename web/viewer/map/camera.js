// @ts-check
// Where the camera stands, and how it gets elsewhere.

import {
  BoundingSphere,
  Cartesian2,
  Cartesian3,
  Cartographic,
  HeadingPitchRange,
  Math as CesiumMath,
  Matrix4,
  PerspectiveFrustum,
  Rectangle,
  SceneTransforms,
  Transforms,
} from "cesium";

/** @typedef {import("../types.js").City} City */
/** @typedef {import("../types.js").CameraView} CameraView */
/** @typedef {import("cesium").CesiumWidget} CesiumWidget */
/** @typedef {[number, number, number, number]} Bounds degrees */

const HOME_PITCH_DEG = { wide: -29, tall: -48 };
const HOME_HEADING_DEG = 14;
const STILL_LOOKED_AT_PX = 40;

/** @type {WeakMap<CesiumWidget, Cartesian3>} what the camera last flew to: a pipe may lie far below the ground it is seen through */
const flownTo = new WeakMap();

/**
 * A sphere round geographic bounds at a height above the ellipsoid.
 * @param {Bounds} bounds
 * @param {number} heightM
 */
export function sphereOf([west, south, east, north], heightM) {
  const rectangle = Rectangle.fromDegrees(west, south, east, north);
  const centre = Rectangle.center(rectangle);
  const corners = [Rectangle.southwest(rectangle), Rectangle.northeast(rectangle)];
  const [a, b] = corners.map((corner) => Cartesian3.fromRadians(corner.longitude, corner.latitude, heightM));
  return new BoundingSphere(
    Cartesian3.fromRadians(centre.longitude, centre.latitude, heightM),
    Cartesian3.distance(a, b) / 2,
  );
}

/** @param {City} city */
export const lowestGround = ({ ellipsoid_offset_m: offset, height_range_m: range }) => offset + (range?.[0] ?? 0);

/** @param {City} city */
export function groundHeight(city) {
  const [low, high] = city.height_range_m ?? [0, 0];
  return city.ellipsoid_offset_m + low + (high - low) * 0.35;
}

/**
 * How far back to stand so that something fits into the part of the window that no panel covers.
 * @param {CesiumWidget} widget
 * @param {Flight} flight
 * @param {number} halfWidth metres
 * @param {number} halfHeight metres
 */
function rangeFor(widget, { covered, below = 0 }, halfWidth, halfHeight) {
  const { canvas } = widget;
  const { frustum } = widget.camera;
  const fovy = frustum instanceof PerspectiveFrustum ? (frustum.fovy ?? 1) : 1;
  const half = Math.tan(fovy / 2);
  const height = Math.max(canvas.clientHeight, 1);
  const horizontal = (half * (canvas.clientWidth - covered)) / height;
  const vertical = half * Math.max(1 - below / height, 0.2);
  return Math.max(halfWidth / horizontal, halfHeight / vertical);
}

/**
 * @typedef {object} Flight
 * @property {number} seconds 0: at once
 * @property {number} covered pixels at the window's left side that panels cover
 * @property {number} [below] pixels at its lower edge that panels cover
 */

/**
 * The whole district, seen obliquely.
 * @param {CesiumWidget} widget
 * @param {City} city
 * @param {Flight} flight
 */
export function goHome(widget, city, flight) {
  if (!city.bounds) return;
  const sphere = sphereOf(city.bounds, groundHeight(city));
  const wide = widget.canvas.clientWidth >= widget.canvas.clientHeight;
  // Seen at a slant a district is about half as tall as it is wide.
  const range = rangeFor(widget, flight, sphere.radius * 0.68, sphere.radius * 0.48);
  flyToSphere(widget, sphere, HOME_HEADING_DEG, wide ? HOME_PITCH_DEG.wide : HOME_PITCH_DEG.tall, range, flight);
}

/**
 * @param {CesiumWidget} widget
 * @param {BoundingSphere} sphere
 * @param {number} headingDeg
 * @param {number} pitchDeg
 * @param {number} range
 * @param {Flight} flight
 */
function flyToSphere(widget, sphere, headingDeg, pitchDeg, range, { seconds, covered, below = 0 }) {
  const heading = CesiumMath.toRadians(headingDeg);
  const offset = new HeadingPitchRange(heading, CesiumMath.toRadians(pitchDeg), range);
  const pixel = metresPerPixel(widget, range);
  const slant = Math.max(Math.sin(Math.abs(offset.pitch)), 0.3);
  const centre = aside(sphere.center, heading, (covered / 2) * pixel, ((below / 2) * pixel) / slant);
  flownTo.set(widget, Cartesian3.clone(sphere.center));
  widget.camera.flyToBoundingSphere(new BoundingSphere(centre, sphere.radius), { offset, duration: seconds });
  widget.scene.requestRender();
}

/**
 * A place so many metres to the left and nearer, as seen in a direction: who looks there sees the first place right of
 * the middle and above it.
 * @param {Cartesian3} place
 * @param {number} heading
 * @param {number} left metres
 * @param {number} nearer metres
 */
function aside(place, heading, left, nearer) {
  const frame = Transforms.eastNorthUpToFixedFrame(place);
  const [sin, cos] = [Math.sin(heading), Math.cos(heading)];
  return Matrix4.multiplyByPoint(frame, new Cartesian3(-left * cos - nearer * sin, left * sin - nearer * cos, 0), new Cartesian3());
}

/**
 * @param {CesiumWidget} widget
 * @param {number} distanceM
 */
export function metresPerPixel(widget, distanceM) {
  const { frustum } = widget.camera;
  const fovy = frustum instanceof PerspectiveFrustum ? (frustum.fovy ?? 1) : 1;
  return (2 * distanceM * Math.tan(fovy / 2)) / Math.max(widget.canvas.clientHeight, 1);
}

/**
 * @param {CesiumWidget} widget
 * @param {City} city
 * @param {Bounds} bounds
 * @param {Flight} flight
 * @param {[number, number] | null} [heights] lowest and highest, above the ellipsoid; else the ground's
 */
export function goToBounds(widget, city, bounds, flight, heights) {
  const [west, south, east, north] = bounds;
  const centre = Cartographic.fromDegrees((west + east) / 2, (south + north) / 2);
  const ground = widget.scene.globe.getHeight(centre) ?? groundHeight(city);
  const [low, high] = heights ?? [ground, ground];
  const sphere = sphereOf(bounds, (low + high) / 2);
  const radius = 1.7 * Math.max(sphere.radius, (high - low) / 2, 25);
  const range = rangeFor(widget, flight, radius, radius);
  const heading = CesiumMath.toDegrees(widget.camera.heading);
  flyToSphere(widget, sphere, heading, -42, range, flight);
}

/**
 * A place seen from near.
 * @param {CesiumWidget} widget
 * @param {[number, number]} place longitude and latitude, degrees
 * @param {number} height above the ellipsoid
 * @param {number} radiusM so far round it is seen
 * @param {Flight} flight
 */
export function goToPlace(widget, [longitude, latitude], height, radiusM, flight) {
  const sphere = new BoundingSphere(Cartesian3.fromDegrees(longitude, latitude, height), radiusM);
  const range = rangeFor(widget, flight, radiusM, radiusM);
  flyToSphere(widget, sphere, CesiumMath.toDegrees(widget.camera.heading), -50, range, flight);
}

/**
 * @param {CesiumWidget} widget
 * @returns {CameraView}
 */
export function currentView(widget) {
  const { positionCartographic: place, heading, pitch, roll } = widget.camera;
  return {
    longitude: CesiumMath.toDegrees(place.longitude),
    latitude: CesiumMath.toDegrees(place.latitude),
    height: place.height,
    heading: CesiumMath.toDegrees(heading),
    pitch: CesiumMath.toDegrees(pitch),
    roll: CesiumMath.toDegrees(CesiumMath.negativePiToPi(roll)),
  };
}

/**
 * @param {CesiumWidget} widget
 * @param {CameraView} view
 */
export function restoreView(widget, view) {
  widget.camera.setView({
    destination: Cartesian3.fromDegrees(view.longitude, view.latitude, view.height),
    orientation: {
      heading: CesiumMath.toRadians(view.heading),
      pitch: CesiumMath.toRadians(view.pitch),
      roll: CesiumMath.toRadians(view.roll),
    },
  });
  widget.scene.requestRender();
}

/**
 * The middle of the part of the window that no panel covers.
 * @param {CesiumWidget} widget
 * @param {number} covered pixels at the left
 */
export const middleOf = (widget, covered) =>
  new Cartesian2((widget.canvas.clientWidth + covered) / 2, widget.canvas.clientHeight / 2);

/**
 * What was flown to, as long as it stands in the middle of the window.
 * @param {CesiumWidget} widget
 * @param {number} covered
 */
function stillLookedAt(widget, covered) {
  const place = flownTo.get(widget);
  const at = place && SceneTransforms.worldToWindowCoordinates(widget.scene, place);
  return at && Cartesian2.distance(at, middleOf(widget, covered)) < STILL_LOOKED_AT_PX ? place : null;
}

/**
 * What the middle of the window looks at, and how far it is.
 * @param {CesiumWidget} widget
 * @param {number} covered
 */
export function focus(widget, covered) {
  const { camera, scene } = widget;
  const still = stillLookedAt(widget, covered);
  if (still) return { target: still, range: Cartesian3.distance(camera.positionWC, still) };
  const ray = camera.getPickRay(middleOf(widget, covered));
  const target = ray && scene.globe.pick(ray, scene);
  if (target) return { target, range: Cartesian3.distance(camera.positionWC, target) };
  const range = Math.max(camera.positionCartographic.height, 200);
  const ahead = Cartesian3.multiplyByScalar(camera.directionWC, range, new Cartesian3());
  return { target: Cartesian3.add(camera.positionWC, ahead, ahead), range };
}

/**
 * Turn round what is looked at, tilt over it, or come nearer.
 * @param {CesiumWidget} widget
 * @param {{heading?: number, pitch?: number, nearer?: number}} change absolute degrees; nearer: factor of the distance
 * @param {Flight} flight
 */
export function lookRound(widget, { heading, pitch, nearer = 1 }, flight) {
  const { target, range } = focus(widget, flight.covered);
  const { camera } = widget;
  flyToSphere(
    widget,
    new BoundingSphere(target, 0),
    heading ?? CesiumMath.toDegrees(camera.heading),
    CesiumMath.clamp(pitch ?? CesiumMath.toDegrees(camera.pitch), -90, 60),
    Math.max(range * nearer, 5),
    flight,
  );
}

/**
 * Slide over the ground by a part of the distance looked at.
 * @param {CesiumWidget} widget
 * @param {number} right
 * @param {number} forward
 */
export function slide(widget, right, forward) {
  const { camera } = widget;
  const { range } = focus(widget, 0);
  const up = Cartesian3.normalize(camera.positionWC, new Cartesian3());
  const ahead = Cartesian3.cross(up, camera.rightWC, new Cartesian3());
  camera.move(camera.right, right * range);
  camera.move(Cartesian3.normalize(ahead, ahead), forward * range);
  widget.scene.requestRender();
}
