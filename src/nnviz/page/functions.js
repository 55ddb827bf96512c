"use strict";
/* Activation functions and costs: formulas and corner cases are those of the Python engine. */

const product = shape => shape.reduce((a, b) => a * b, 1);

/* --- Activation functions: f(z), and f'(z) where a = f(z) is known. */

const sigmoid = z => { const e = Math.exp(Math.min(z, 40)); return e / (e + 1); };
const log1pExp = z => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const density = z => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
const clip = (z, low, high) => Math.min(Math.max(z, low), high);

/* The normal distribution: 1/2 + density(z) (z + z^3 / 3 + z^5 / (3 5) + ...). */
function normal(z) {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let term = z, sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) sum += term *= z * z / k;
  return 0.5 + density(z) * sum;
}

const GELU = Math.sqrt(2 / Math.PI), CUBIC = 0.044715;
const SELU = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772;

const ACTIVATIONS = {
  "identity": [z => z, () => 1],
  "sigmoid": [sigmoid, (z, a) => a - a * a],
  "relu": [z => Math.max(z, 0), z => +(z > 0)],
  "tanh": [Math.tanh, (z, a) => 1 - a * a],
  "leaky-relu": [(z, slope) => z > 0 ? z : slope * z, (z, a, slope) => z > 0 ? 1 : slope],
  "elu": [
    (z, alpha) => z > 0 ? z : alpha * Math.expm1(z),
    (z, a, alpha) => z > 0 ? 1 : a + alpha],
  "selu": [
    z => SELU * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    (z, a) => z > 0 ? SELU : a + SELU * SELU_ALPHA],
  "gelu": [
    z => z * normal(z),
    z => normal(z) + clip(z, -40, 40) * density(clip(z, -40, 40))],
  "gelu-tanh": [
    z => {
      const near = clip(z, -40, 40);
      return 0.5 * z * (1 + Math.tanh(GELU * (near + CUBIC * near ** 3)));
    },
    z => {
      const near = clip(z, -40, 40), t = Math.tanh(GELU * (near + CUBIC * near ** 3));
      return 0.5 * (1 + t + near * (1 - t * t) * GELU * (1 + 3 * CUBIC * near * near));
    }],
  "silu": [z => z * sigmoid(z), (z, a) => { const s = sigmoid(z); return s + a * (1 - s); }],
  "softplus": [(z, beta) => log1pExp(beta * z) / beta, (z, a, beta) => sigmoid(beta * z)],
  "clamp": [(z, low, high) => clip(z, low, high), (z, a, low, high) => +(z > low && z < high)],
  "relu6": [z => clip(z, 0, 6), z => +(z > 0 && z < 6)],
  "hardsigmoid": [z => clip(z / 6 + 0.5, 0, 1), z => z > -3 && z < 3 ? 1 / 6 : 0],
  "hardswish": [
    z => z * clip(z / 6 + 0.5, 0, 1),
    z => z >= 3 ? 1 : z > -3 ? z / 3 + 0.5 : 0],
  "mish": [
    z => z * Math.tanh(log1pExp(z)),
    z => { const t = Math.tanh(log1pExp(z)); return t + z * (1 - t * t) * sigmoid(z); }],
  "softsign": [z => z / (1 + Math.abs(z)), z => (1 + Math.abs(z)) ** -2],
  "sin": [Math.sin, Math.cos],
  "exp": [z => Math.exp(Math.min(z, 709)), (z, a) => a],
};

/* Call visit(first, step, count) for every run of values along an axis, counted from the end. */
function along(shape, axis, visit) {
  const place = shape.length + axis, count = shape[place];
  const step = product(shape.slice(place + 1)), outer = product(shape.slice(0, place));
  for (let i = 0; i < outer; i++)
    for (let j = 0; j < step; j++) visit(i * count * step + j, step, count);
}

function activate(node, z, a) {
  const [name, ...numbers] = node.activation;
  if (name !== "softmax") {
    const f = ACTIVATIONS[name][0], [p, q] = numbers;
    for (let i = 0; i < z.length; i++) a[i] = f(z[i], p, q);
    return;
  }
  along(node.shape, numbers[0], (first, step, count) => {
    const stop = first + step * count;
    let most = -Infinity, sum = 0;
    for (let i = first; i < stop; i += step) most = Math.max(most, z[i]);
    for (let i = first; i < stop; i += step) sum += a[i] = Math.exp(z[i] - most);
    for (let i = first; i < stop; i += step) a[i] /= sum;
  });
}

/* Turn dC/da into dC/dz, in place. */
function pullBack(node, z, a, error) {
  const [name, ...numbers] = node.activation;
  if (name === "identity") return;
  if (name !== "softmax") {
    const slope = ACTIVATIONS[name][1], [p, q] = numbers;
    for (let i = 0; i < z.length; i++) error[i] *= slope(z[i], a[i], p, q);
    return;
  }
  along(node.shape, numbers[0], (first, step, count) => {
    const stop = first + step * count;
    let sum = 0;
    for (let i = first; i < stop; i += step) sum += error[i] * a[i];
    for (let i = first; i < stop; i += step) error[i] = a[i] * (error[i] - sum);
  });
}

/* --- Costs: value(z, a, y), and error(z, a, y), which is dC/da, or dC/dz if `isOfZ`. */

const total = (a, f) => { let sum = 0; for (let i = 0; i < a.length; i++) sum += f(i); return sum; };
const each = (a, f) => Float64Array.from(a, (_, i) => f(i));
const yesOrNo = (z, a, y) => total(a, i => log1pExp(z[i]) - y[i] * z[i]);

function costOf([name, delta], node) {
  const n = product(node.shape), isSoftmax = node.activation[0] === "softmax";
  if (name === "quadratic" || name === "mean-squared") {
    const over = name === "quadratic" ? 1 : n;
    return {
      value: (z, a, y) => total(a, i => (a[i] - y[i]) ** 2) / over,
      error: (z, a, y) => each(a, i => 2 * (a[i] - y[i]) / over),
    };
  }
  if (name === "absolute") return {
    value: (z, a, y) => total(a, i => Math.abs(a[i] - y[i])) / n,
    error: (z, a, y) => each(a, i => Math.sign(a[i] - y[i]) / n),
  };
  if (name === "huber") return {
    value: (z, a, y) => total(a, i => {
      const gap = Math.abs(a[i] - y[i]);
      return gap <= delta ? 0.5 * gap * gap : delta * (gap - 0.5 * delta);
    }) / n,
    error: (z, a, y) => each(a, i => clip(a[i] - y[i], -delta, delta) / n),
  };
  if (!isSoftmax) {
    const over = name === "cross-entropy" ? 1 : n;
    return {
      isOfZ: true,
      value: (z, a, y) => yesOrNo(z, a, y) / over,
      error: (z, a, y) => each(a, i => (a[i] - y[i]) / over),
    };
  }
  /* Softmax: the mean over the positions with a desired output. */
  const runs = [];
  along(node.shape, node.activation[1], (first, step, count) =>
    runs.push(Array.from({ length: count }, (_, k) => first + k * step)));
  const counted = y => runs.length === 1 ? 1
    : Math.max(1, runs.filter(run => run.some(i => y[i] !== 0)).length);
  return {
    isOfZ: true,
    value(z, a, y) {
      let sum = 0;
      for (const run of runs) {
        const most = Math.max(...run.map(i => z[i]));
        const log = Math.log(run.reduce((s, i) => s + Math.exp(z[i] - most), 0));
        for (const i of run) if (y[i]) sum += y[i] * (log - (z[i] - most));
      }
      return sum / counted(y);
    },
    error(z, a, y) {
      const found = new Float64Array(a.length), over = counted(y);
      for (const run of runs) {
        const desired = run.reduce((s, i) => s + y[i], 0);
        for (const i of run) found[i] = (a[i] * desired - y[i]) / over;
      }
      return found;
    },
  };
}
