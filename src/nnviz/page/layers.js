/* Layers. forward(n, x, z, p) writes z; backward(n, x, error, dx, p, dp) adds dC/dx of every
   source into dx (null where none is needed) and dC/dparameter into dp. */

function addTo(target, values) {
  if (target) for (let i = 0; i < values.length; i++) target[i] += values[i];
}

/* Visit what a convolution multiplies: places in the smaller map, in the kernels, in the image. */
function taps(n, visit, only = -1) {
  const [, rows, columns] = n.small, [, height, width] = n.image;
  const [outs, ins, kh, kw] = n.kernels, perGroup = outs / n.groups;
  for (let o = 0; o < outs; o++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
    const at = (o * rows + i) * columns + j;
    if (only >= 0 && at !== only) continue;
    const first = Math.floor(o / perGroup) * ins;
    for (let c = 0; c < ins; c++) for (let u = 0; u < kh; u++) {
      const y = i * n.stride[0] + u * n.dilation[0] - n.pads[0];
      if (y < 0 || y >= height) continue;
      for (let v = 0; v < kw; v++) {
        const x = j * n.stride[1] + v * n.dilation[1] - n.pads[1];
        if (x < 0 || x >= width) continue;
        visit(at, ((o * ins + c) * kh + u) * kw + v, ((first + c) * height + y) * width + x);
      }
    }
  }
}

function addBiases(z, biases) {
  const each = z.length / biases.length;
  for (let i = 0; i < z.length; i++) z[i] += biases[Math.floor(i / each)];
}

function addErrors(error, biases) {
  const each = error.length / biases.length;
  for (let i = 0; i < error.length; i++) biases[Math.floor(i / each)] += error[i];
}

/* The places of a norm's numbers in its scale: each value of a run has its own, or each channel. */
const place = (n, i) => n.by_channel ? Math.floor(i / n.each) : i % n.length;

const OPS = {
  dense: {
    forward(n, [x], z, [weights, biases]) {
      const { n_in, n_out } = n;
      for (let r = 0; r < x.length / n_in; r++) for (let j = 0; j < n_out; j++) {
        let sum = biases ? biases[j] : 0;
        for (let k = 0, w = j * n_in; k < n_in; k++) sum += weights[w + k] * x[r * n_in + k];
        z[r * n_out + j] = sum;
      }
    },
    backward(n, [x], error, [dx], [weights], [ofWeights, ofBiases]) {
      const { n_in, n_out } = n;
      for (let r = 0; r < x.length / n_in; r++) for (let j = 0; j < n_out; j++) {
        const e = error[r * n_out + j];
        if (ofBiases) ofBiases[j] += e;
        for (let k = 0, w = j * n_in; k < n_in; k++) {
          ofWeights[w + k] += e * x[r * n_in + k];
          if (dx) dx[r * n_in + k] += e * weights[w + k];
        }
      }
    },
  },
  conv: {
    forward(n, [x], z, [kernels, biases]) {
      z.fill(0);
      taps(n, (s, k, i) => { z[s] += kernels[k] * x[i]; });
      addBiases(z, biases);
    },
    backward(n, [x], error, [dx], [kernels], [ofKernels, ofBiases]) {
      taps(n, (s, k, i) => {
        ofKernels[k] += error[s] * x[i];
        if (dx) dx[i] += error[s] * kernels[k];
      });
      addErrors(error, ofBiases);
    },
  },
  conv_transpose: {
    forward(n, [x], z, [kernels, biases]) {
      z.fill(0);
      taps(n, (s, k, i) => { z[i] += kernels[k] * x[s]; });
      addBiases(z, biases);
    },
    backward(n, [x], error, [dx], [kernels], [ofKernels, ofBiases]) {
      taps(n, (s, k, i) => {
        ofKernels[k] += error[i] * x[s];
        if (dx) dx[s] += error[i] * kernels[k];
      });
      addErrors(error, ofBiases);
    },
  },
  max_pool: {
    forward(n, [x], z) {
      n.chosen = new Int32Array(z.length).fill(-1);
      const each = z.length / n.image[0], size = product(n.image.slice(1));
      z.fill(-Infinity);
      for (let c = 0; c < n.image[0]; c++) taps(n, (s, _, i) => {
        const from = c * size + i, to = c * each + s;
        if (n.chosen[to] < 0 || x[from] > z[to]) { z[to] = x[from]; n.chosen[to] = from; }
      });
    },
    backward(n, x, error, [dx]) {
      if (dx) for (let i = 0; i < error.length; i++) dx[n.chosen[i]] += error[i];
    },
  },
  /* A sparse matrix for every channel: means of windows, pixels blended. */
  linear: {
    forward(n, [x], z) {
      const [starts, columns, shares] = n.constants, rows = starts.length - 1;
      for (let c = 0; c < n.channels; c++) for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let k = starts[r]; k < starts[r + 1]; k++) sum += shares[k] * x[c * n.size + columns[k]];
        z[c * rows + r] = sum;
      }
    },
    backward(n, x, error, [dx]) {
      if (!dx) return;
      const [starts, columns, shares] = n.constants, rows = starts.length - 1;
      for (let c = 0; c < n.channels; c++) for (let r = 0; r < rows; r++)
        for (let k = starts[r]; k < starts[r + 1]; k++)
          dx[c * n.size + columns[k]] += shares[k] * error[c * rows + r];
    },
  },
  /* The same numbers in other places. */
  gather: {
    forward(n, [x], z) {
      const [from] = n.constants;
      for (let i = 0; i < z.length; i++) z[i] = from[i] < 0 ? n.fill : x[from[i]];
    },
    backward(n, x, error, [dx]) {
      const [from] = n.constants;
      if (dx) for (let i = 0; i < error.length; i++) if (from[i] >= 0) dx[from[i]] += error[i];
    },
  },
  same: {
    forward(n, [x], z) { z.set(x); },
    backward(n, x, error, [dx]) { addTo(dx, error); },
  },
  constant: { forward(n, x, z) { z.set(n.constants[0]); }, backward() {} },
  /* A node that this engine does not compute: Python computed its values for every example. */
  fixed: {
    forward(n, x, z) { z.set(n.constants[0].subarray(n.example * z.length, (n.example + 1) * z.length)); },
    backward() {},
  },
  add: {
    forward(n, xs, z) { z.fill(0); for (const x of xs) addTo(z, x); },
    backward(n, xs, error, dxs) { for (const dx of dxs) addTo(dx, error); },
  },
  subtract: {
    forward(n, [x, y], z) { for (let i = 0; i < z.length; i++) z[i] = x[i] - y[i]; },
    backward(n, xs, error, [dx, dy]) {
      addTo(dx, error);
      if (dy) for (let i = 0; i < error.length; i++) dy[i] -= error[i];
    },
  },
  multiply: {
    forward(n, xs, z) {
      z.fill(1);
      for (const x of xs) for (let i = 0; i < z.length; i++) z[i] *= x[i];
    },
    backward(n, xs, error, dxs) {
      dxs.forEach((dx, k) => {
        if (dx) for (let i = 0; i < error.length; i++) {
          let others = error[i];
          xs.forEach((x, m) => { if (m !== k) others *= x[i]; });
          dx[i] += others;
        }
      });
    },
  },
  concatenate: {
    /* Call visit(source, first in the source, first in z, count) for every run. */
    runs(n, xs, visit) {
      const widths = xs.map(x => x.length / n.outer), whole = widths.reduce((a, b) => a + b);
      for (let i = 0; i < n.outer; i++) {
        let at = i * whole;
        widths.forEach((width, k) => { visit(k, i * width, at, width); at += width; });
      }
    },
    forward(n, xs, z) {
      this.runs(n, xs, (k, from, at, width) => z.set(xs[k].subarray(from, from + width), at));
    },
    backward(n, xs, error, dxs) {
      this.runs(n, xs, (k, from, at, width) => {
        if (dxs[k]) for (let i = 0; i < width; i++) dxs[k][from + i] += error[at + i];
      });
    },
  },
  matmul: {
    /* Visit the places in z, a and b of every product. */
    products(n, visit) {
      const [rows, inner, columns] = n.sizes;
      for (let s = 0; s < n.stacks; s++) for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) for (let k = 0; k < inner; k++) visit(
          (s * rows + i) * columns + j,
          (s * rows + i) * inner + k,
          n.transposed ? (s * columns + j) * inner + k : (s * inner + k) * columns + j);
    },
    forward(n, [a, b], z) {
      z.fill(0);
      this.products(n, (to, i, j) => { z[to] += a[i] * b[j]; });
      for (let i = 0; i < z.length; i++) z[i] *= n.factor;
    },
    backward(n, [a, b], error, [da, db]) {
      this.products(n, (to, i, j) => {
        const e = n.factor * error[to];
        if (da) da[i] += e * b[j];
        if (db) db[j] += e * a[i];
      });
    },
  },
  /* Every channel: scale (x - mean) / deviation + shift. */
  channel: {
    forward(n, [x], z, [scale, shift]) {
      const [mean, deviation] = n.constants, each = x.length / n.channels;
      for (let i = 0; i < x.length; i++) {
        const c = Math.floor(i / each), value = mean ? (x[i] - mean[c]) / deviation[c] : x[i];
        z[i] = scale ? scale[c] * value + shift[c] : value;
      }
    },
    backward(n, [x], error, [dx], [scale], [ofScale, ofShift]) {
      const [mean, deviation] = n.constants, each = x.length / n.channels;
      for (let i = 0; i < x.length; i++) {
        const c = Math.floor(i / each);
        if (ofScale) {
          ofScale[c] += error[i] * (mean ? (x[i] - mean[c]) / deviation[c] : x[i]);
          ofShift[c] += error[i];
        }
        if (dx) dx[i] += error[i] * (scale ? scale[c] : 1) / (mean ? deviation[c] : 1);
      }
    },
  },
  prelu: {
    forward(n, [x], z, [slopes]) {
      const each = x.length / slopes.length;
      for (let i = 0; i < x.length; i++) z[i] = x[i] > 0 ? x[i] : slopes[Math.floor(i / each)] * x[i];
    },
    backward(n, [x], error, [dx], [slopes], [ofSlopes]) {
      const each = x.length / slopes.length;
      for (let i = 0; i < x.length; i++) {
        const c = Math.floor(i / each);
        ofSlopes[c] += error[i] * Math.min(x[i], 0);
        if (dx) dx[i] += error[i] * (x[i] > 0 ? 1 : slopes[c]);
      }
    },
  },
  /* Runs of `length` values: to mean 0, if `centred`, and mean square 1. */
  norm: {
    standardised(n, x) {
      const inputs = new Float64Array(x.length), deviations = [];
      for (let first = 0; first < x.length; first += n.length) {
        let mean = 0, square = 0;
        if (n.centred) for (let i = 0; i < n.length; i++) mean += x[first + i] / n.length;
        for (let i = 0; i < n.length; i++) square += (x[first + i] - mean) ** 2 / n.length;
        const deviation = Math.sqrt(square + n.epsilon);
        deviations.push(deviation);
        for (let i = first; i < first + n.length; i++) inputs[i] = (x[i] - mean) / deviation;
      }
      return [inputs, deviations];
    },
    forward(n, [x], z, [scale, shift]) {
      const [inputs] = this.standardised(n, x);
      for (let i = 0; i < x.length; i++) {
        const c = place(n, i);
        z[i] = scale[c] * inputs[i] + (shift ? shift[c] : 0);
      }
    },
    backward(n, [x], error, [dx], [scale], [ofScale, ofShift]) {
      const [inputs, deviations] = this.standardised(n, x);
      for (let first = 0; first < x.length; first += n.length) {
        let mean = 0, along = 0;
        for (let i = first; i < first + n.length; i++) {
          const c = place(n, i), e = error[i] * scale[c];
          ofScale[c] += error[i] * inputs[i];
          if (ofShift) ofShift[c] += error[i];
          if (n.centred) mean += e / n.length;
          along += e * inputs[i] / n.length;
        }
        if (dx) for (let i = first; i < first + n.length; i++)
          dx[i] += (error[i] * scale[place(n, i)] - mean - inputs[i] * along)
            / deviations[first / n.length];
      }
    },
  },
  embedding: {
    forward(n, [x], z, [table]) {
      for (let t = 0; t < x.length; t++)
        for (let i = 0; i < n.width; i++) z[t * n.width + i] = table[x[t] * n.width + i];
    },
    backward(n, [x], error, dx, p, [ofTable]) {
      for (let t = 0; t < x.length; t++)
        for (let i = 0; i < n.width; i++) ofTable[x[t] * n.width + i] += error[t * n.width + i];
    },
  },
  plus: {
    forward(n, [x], z, [learned]) {
      const other = learned ?? n.constants[0];
      for (let i = 0; i < z.length; i++) z[i] = x[i] + other[i];
    },
    backward(n, x, error, [dx], p, [ofLearned]) { addTo(dx, error); addTo(ofLearned, error); },
  },
  /* Points of planes, rotated by angles that depend on the position. */
  turn: {
    turned(n, x, sign, visit) {
      const [cos, sin] = n.constants, { half, tokens } = n;
      for (let r = 0; r < x.length / (2 * half); r++) for (let i = 0; i < half; i++) {
        const at = 2 * half * r + i, k = (r % tokens) * half + i, s = sign * sin[k];
        visit(at, x[at] * cos[k] - x[at + half] * s);
        visit(at + half, x[at + half] * cos[k] + x[at] * s);
      }
    },
    forward(n, [x], z) { this.turned(n, x, 1, (i, value) => { z[i] = value; }); },
    backward(n, x, error, [dx]) {
      if (dx) this.turned(n, error, -1, (i, value) => { dx[i] += value; });
    },
  },
  mask: {
    forward(n, [x, given], z) {
      const seen = given ?? n.constants[0];
      for (let i = 0; i < z.length; i++) z[i] = seen[i % seen.length] ? x[i] : -Infinity;
    },
    backward(n, [x, given], error, [dx]) {
      const seen = given ?? n.constants[0];
      if (dx) for (let i = 0; i < error.length; i++) if (seen[i % seen.length]) dx[i] += error[i];
    },
  },
};
