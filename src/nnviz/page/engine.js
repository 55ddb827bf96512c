/* The engine: one example forwards and backwards through a graph of nodes.

   A node has an `op`, the places of its `sources` among all values, a `shape`, an `activation`, the
   number of its `owner` (whose parameters it uses) and `constants`. Values, errors and parameters are
   flat typed arrays, row by row. */

class Engine {
  /* spec: what Python wrote. arrays: all its arrays, in order. Real: Float32Array or Float64Array. */
  constructor(spec, arrays, Real) {
    this.Real = Real;
    this.nInputs = spec.inputs.length;
    this.nodes = spec.nodes.map(node => ({ ...node, constants: node.constants.map(k => arrays[k]) }));
    this.parameters = spec.parameters.map(some => some.map(k => Real.from(arrays[k])));
    this.shapes = [...spec.inputs, ...spec.nodes].map(one => one.shape);
    this.a = this.shapes.map(shape => new Real(product(shape)));
    this.z = this.a.map((a, k) => k < this.nInputs ? a : new Real(a.length));
    this.output = spec.output;
    this.cost = costOf(spec.cost, this.nodes[spec.output - this.nInputs]);
    this.y = new Real(this.a[spec.output].length);
    this.first = this.parameters.map(some => some.map(p => p.slice()));
  }

  /* Compute all values for inputs, one array each; `example` says which, for what Python computed. */
  forward(inputs, example = 0) {
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
