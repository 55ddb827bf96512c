/* The engine: one example forwards and backwards through a graph of nodes.

   A node has an `op`, the places of its `sources` among all values, a `shape`, an `activation`, the
   number of its `owner` (whose parameters it uses) and `constants`. Values, errors and parameters are
   flat typed arrays, row by row. */

/* Return a node with every count less by its step times the missing tokens. */
function shortened(node, steps, missing) {
  const less = Object.entries(steps).map(([name, step]) => [name, Array.isArray(step)
    ? node[name].map((count, k) => count - missing * step[k]) : node[name] - missing * step]);
  return { ...node, ...Object.fromEntries(less) };
}

/* The places of an array of a shape in one of a larger shape. */
function placesIn(whole, shape) {
  return Array.from({ length: product(shape) }, (_, k) => {
    let place = 0, stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += k % shape[axis] * stride;
      k = Math.floor(k / shape[axis]);
      stride *= whole[axis];
    }
    return place;
  });
}

/* Return a node's constants for fewer tokens; only the beginnings of the others are read. */
function cutConstants(node, whole, wholeSource, source) {
  if (node.op === "mask" && node.constants.length) {
    const kept = placesIn(whole.slice(-2), node.shape.slice(-2));
    return [kept.map(k => node.constants[0][k])];
  }
  if (node.op !== "gather") return node.constants;
  const now = new Int32Array(product(wholeSource)).fill(-1);
  placesIn(wholeSource, source).forEach((place, k) => { now[place] = k; });
  return [placesIn(whole, node.shape).map(k => {
    const from = node.constants[0][k];
    return from < 0 ? from : now[from];
  })];
}

class Engine {
  /* spec: the specification from Python. arrays: all its arrays, in order. Real: Float32Array or Float64Array. */
  constructor(spec, arrays, Real) {
    Object.assign(this, { Real, spec });
    this.nInputs = spec.inputs.length;
    this.whole = spec.nodes.map(node => ({ ...node, constants: node.constants.map(k => arrays[k]) }));
    this.parameters = spec.parameters.map(some => some.map(k => Real.from(arrays[k])));
    this.output = spec.output;
    this.wholeShapes = [...spec.inputs, ...spec.nodes].map(one => one.shape);
    this.take(this.whole, this.wholeShapes);
    this.first = this.parameters.map(some => some.map(p => p.slice()));
  }

  /* Take other nodes and shapes, and allocate the values. */
  take(nodes, shapes) {
    Object.assign(this, { nodes, shapes });
    this.a = shapes.map(shape => new this.Real(product(shape)));
    this.z = this.a.map((a, k) => k < this.nInputs ? a : new this.Real(a.length));
    this.cost = costOf(this.spec.cost, nodes[this.output - this.nInputs]);
  }

  /* Compute so many tokens from now on, by `steps` of the specification. */
  resize(length) {
    const { steps } = this.spec, [most] = this.wholeShapes[0];
    if (!steps || length < 1 || length > most) throw new RangeError(`not for ${length} tokens`);
    const nodes = this.whole.map((node, k) => shortened(node, steps[k], most - length));
    const shapes = [[length], ...nodes.map(node => node.shape)];
    nodes.forEach((node, k) => {
      const [source] = node.sources;
      node.constants = cutConstants(node, this.whole[k].shape, this.wholeShapes[source], shapes[source]);
    });
    this.take(nodes, shapes);
  }

  /* Compute all values for inputs, one array each; `example` is the example's number, for `fixed`. */
  forward(inputs, example = 0) {
    if (inputs[0].length !== this.a[0].length) this.resize(inputs[0].length);
    inputs.forEach((x, k) => this.a[k].set(x));
    this.nodes.forEach((node, k) => {
      const to = this.nInputs + k, x = node.sources.map(s => this.a[s]);
      node.example = example;
      OPS[node.op].forward(node, x, this.z[to], this.parameters[node.owner]);
      activate(node, this.z[to], this.a[to]);
    });
    return this.a[this.output];
  }

  /* Return the cost of the last forward pass for desired outputs. */
  costFor(y) { return this.cost.value(this.z[this.output], this.a[this.output], y); }

  /* Add dC/dparameter of the last forward pass to `gradient`, and return dC/dz of every value. */
  backward(y, gradient) {
    const errors = this.a.map(a => new this.Real(a.length));
    const z = this.z[this.output], a = this.a[this.output];
    errors[this.output].set(this.cost.error(z, a, y));
    for (let k = this.nodes.length - 1; k >= 0; k--) {
      const node = this.nodes[k], at = this.nInputs + k;
      if (at > this.output) continue;
      if (at < this.output || !this.cost.isOfZ) pullBack(node, this.z[at], this.a[at], errors[at]);
      OPS[node.op].backward(
        node, node.sources.map(s => this.a[s]), errors[at], node.sources.map(s => errors[s]),
        this.parameters[node.owner], gradient[node.owner]);
    }
    return errors;
  }

  zeros() { return this.parameters.map(some => some.map(p => new this.Real(p.length))); }

  copy() { return this.parameters.map(some => some.map(p => p.slice())); }

  restore(parameters) {
    parameters.forEach((some, o) => some.forEach((p, k) => this.parameters[o][k].set(p)));
  }

  /* Take a step of `rate` down the mean gradient of examples {inputs, y, example}. */
  step(examples, rate) {
    const gradient = this.zeros();
    for (const { inputs, y, example } of examples) {
      this.forward(inputs, example);
      this.backward(y, gradient);
    }
    const share = rate / examples.length;
    this.parameters.forEach((some, o) => some.forEach((p, k) => {
      const g = gradient[o][k];
      for (let i = 0; i < p.length; i++) p[i] -= share * g[i];
    }));
  }

  /* Return the terms of a product of matrices, a row times a column: places and values of both. */
  products(at, unit) {
    const node = this.nodes[at - this.nInputs];
    if (node?.op !== "matmul") return null;
    const [first, second] = node.sources, [rows, inner, columns] = node.sizes;
    const j = unit % columns, row = Math.floor(unit / columns), stack = Math.floor(row / rows);
    return Array.from({ length: inner }, (_, k) => {
      const from = row * inner + k;
      const to = node.transposed ? (stack * columns + j) * inner + k : (stack * inner + k) * columns + j;
      const [x, y] = [this.a[first][from], this.a[second][to]];
      return { from, to, x, y, product: x * y };
    });
  }

  /* Return the unit of a product of matrices that a unit of a pattern is made of, if it is: a
     softmax, a mask and what keeps numbers in their places lie between. */
  scoreOf(at) {
    for (let value = at; value >= this.nInputs;) {
      const node = this.nodes[value - this.nInputs];
      if (node.op === "matmul") return node.transposed ? value : null;
      if (!["same", "mask"].includes(node.op)) return null;
      [value] = node.sources;
    }
    return null;
  }

  /* Return the places of a node's first source in a unit's window. */
  window(at, unit) {
    const node = this.nodes[at - this.nInputs], found = [];
    if (node?.op === "conv") taps(node, (_, k, i) => found.push(i), unit);
    else if (node?.op === "max_pool") {
      const each = product(node.small.slice(1)), channel = Math.floor(unit / each);
      taps(node, (_, k, i) => found.push(channel * product(node.image.slice(1)) + i), unit % each);
    } else if (node?.op === "linear") {
      const [starts, columns] = node.constants, rows = starts.length - 1;
      for (let k = starts[unit % rows]; k < starts[unit % rows + 1]; k++)
        found.push(Math.floor(unit / rows) * node.size + columns[k]);
    }
    return found.length ? found : null;
  }

  /* Return the terms of the sum that a unit's z is: weight times value each, and the bias; null
     where z is no such sum. A term's `weight` is its place in parameters[owner][0]. */
  terms(at, unit) {
    const node = this.nodes[at - this.nInputs];
    if (!node || !["dense", "conv"].includes(node.op)) return null;
    const [weights, biases] = this.parameters[node.owner], x = this.a[node.sources[0]], found = [];
    const add = (weight, from) => found.push(
      { weight, from, w: weights[weight], x: x[from], product: weights[weight] * x[from] });
    if (node.op === "conv") taps(node, (_, k, i) => add(k, i), unit);
    else {
      const row = Math.floor(unit / node.n_out), j = unit % node.n_out;
      for (let k = 0; k < node.n_in; k++) add(j * node.n_in + k, row * node.n_in + k);
    }
    const perBias = node.op === "conv" ? this.z[at].length / biases.length : 1;
    const bias = biases ? Math.floor(unit / perBias) % biases.length : -1;
    return { owner: node.owner, terms: found, bias, b: bias < 0 ? 0 : biases[bias] };
  }
}
