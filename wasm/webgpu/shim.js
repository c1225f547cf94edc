// The WebGPU side of Go's package wasm/webgpu: keeps buffers, pipelines and programs
// under numbers, and replays a program in one call. It is loaded before the Go
// program starts, by importScripts in a worker or by import in Node, and leaves one
// object, dongyurWebGPU.
//
// A program is an Int32Array, kernel after kernel:
//   pipeline, x, y, z, submit after it (0 or 1), number of bindings,
//   then for each binding: slot, offset in bytes, size in bytes
// Slots from 0 on are the run's own buffers, inputs before outputs before slabs; -1 is the
// arena, which programs share, -2 the program's constants. A run's buffers are an
// Int32Array, too: the number of each, then at which byte of it each begins.
"use strict";

(() => {
  const ARENA = -1, CONSTANTS = -2;
  const wanted = ["shader-f16", "subgroups", "timestamp-query"];

  async function open() {
    const gpu = globalThis.navigator?.gpu;
    if (!gpu) return { fault: "none" };
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return { fault: "adapter" };
    const limits = {};
    for (const name of ["maxStorageBuffersPerShaderStage", "maxStorageBufferBindingSize", "maxBufferSize",
      "maxComputeWorkgroupStorageSize", "maxComputeInvocationsPerWorkgroup", "maxComputeWorkgroupSizeX"]) {
      limits[name] = adapter.limits[name];
    }
    const features = wanted.filter((name) => adapter.features.has(name));
    const device = await adapter.requestDevice({ requiredLimits: limits, requiredFeatures: features });
    return shim.device = new Device(adapter, device);
  }

  class Device {
    constructor(adapter, device) {
      this.adapter = adapter;
      this.device = device;
      this.info = adapter.info ?? {};
      this.fallback = Boolean(this.info.isFallbackAdapter ?? adapter.isFallbackAdapter);
      this.limits = device.limits;
      this.fault = "";
      this.lost = "";
      this.last = 0; // the number given last
      this.buffers = new Map();
      this.layouts = new Map();
      this.pipelines = []; // { pipeline, ready: promise of "" or of what is wrong }
      this.bySource = new Map();
      this.programs = new Map();
      this.staging = [];
      this.arena = null;
      this.profiling = null;
      device.addEventListener("uncapturederror", (event) => { this.fault ||= event.error.message; });
      device.lost.then((info) => { this.lost = (info.reason + ": " + info.message).trim(); });
    }

    has(feature) { return this.device.features.has(feature); }

    // allocate makes a buffer; what is wrong with it comes later, from the promise.
    allocate(size) {
      this.device.pushErrorScope("out-of-memory");
      this.device.pushErrorScope("validation");
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      let buffer = null;
      let thrown = "";
      try {
        buffer = this.device.createBuffer({ size, usage });
      } catch (error) {
        thrown = String(error.message ?? error);
      }
      const id = ++this.last;
      this.buffers.set(id, buffer);
      const scopes = [this.device.popErrorScope(), this.device.popErrorScope()];
      this.allocated = Promise.all(scopes).then(
        ([invalid, memory]) => thrown || memory?.message || invalid?.message || "",
        (error) => String(error.message ?? error));
      return id;
    }

    free(id) {
      this.buffers.get(id)?.destroy();
      this.buffers.delete(id);
    }

    upload(id, offset, bytes) { this.device.queue.writeBuffer(this.buffers.get(id), offset, bytes); }

    // download copies size bytes from offset of a buffer; the promise gives a view of them, which
    // release takes back.
    async download(id, offset, size) {
      const from = id === ARENA ? this.arena : this.buffers.get(id);
      let at = this.staging.findIndex((b) => b.size >= size && b.size <= 4 * size + 4096);
      const to = at >= 0 ? this.staging.splice(at, 1)[0] : this.device.createBuffer(
        { size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(from, offset, to, 0, size);
      this.device.queue.submit([encoder.finish()]);
      await to.mapAsync(GPUMapMode.READ, 0, size);
      return { bytes: new Uint8Array(to.getMappedRange(0, size)), buffer: to };
    }

    release(view) {
      view.buffer.unmap();
      this.staging.push(view.buffer);
      if (this.staging.length > 8) this.staging.shift().destroy();
    }

    // copy copies bytes between buffers: from, offset, to, offset, size of each, one after another.
    copy(words) {
      const encoder = this.device.createCommandEncoder();
      for (let i = 0; i < words.length; i += 5) {
        encoder.copyBufferToBuffer(this.buffers.get(words[i]), words[i + 1], this.buffers.get(words[i + 2]), words[i + 3], words[i + 4]);
      }
      this.device.queue.submit([encoder.finish()]);
    }

    // layout is the one for bindings that are read ("r"), written ("w") and uniform ("u").
    layout(signature) {
      let layout = this.layouts.get(signature);
      if (!layout) {
        const group = this.device.createBindGroupLayout({
          entries: [...signature].map((mode, binding) => ({
            binding, visibility: GPUShaderStage.COMPUTE,
            buffer: { type: { w: "storage", r: "read-only-storage", u: "uniform" }[mode] },
          })),
        });
        layout = { group, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [group] }) };
        this.layouts.set(signature, layout);
      }
      return layout;
    }

    // pipeline compiles a kernel, once for each source, and gives its number at once.
    pipeline(source, entryPoint, signature, label) {
      const key = signature + source;
      let number = this.bySource.get(key);
      if (number !== undefined) return number;
      number = this.pipelines.length;
      this.bySource.set(key, number);
      const entry = { layout: this.layout(signature), pipeline: null };
      this.pipelines.push(entry);
      entry.ready = this.compile(entry, source, entryPoint, label);
      return number;
    }

    async compile(entry, code, entryPoint, label) {
      this.device.pushErrorScope("validation");
      const module = this.device.createShaderModule({ code, label });
      const scope = this.device.popErrorScope();
      try {
        entry.pipeline = await this.device.createComputePipelineAsync(
          { label, layout: entry.layout.pipeline, compute: { module, entryPoint } });
        await scope;
        return "";
      } catch (error) {
        const info = await module.getCompilationInfo().catch(() => ({ messages: [] }));
        await scope.catch(() => null);
        const wrong = info.messages.filter((m) => m.type === "error")[0];
        return wrong ? wrong.lineNum + ":" + wrong.message : "0:" + String(error.message ?? error);
      }
    }

    // program makes one of its Int32Array and its constants.
    program(words, constants, arenaSize, names) {
      const kernels = [];
      for (let i = 0; i < words.length;) {
        const [number, x, y, z, submit, count] = words.subarray(i, i + 6);
        const bindings = [];
        for (i += 6; bindings.length < count; i += 3) {
          bindings.push({ slot: words[i], offset: words[i + 1], size: words[i + 2] });
        }
        const slots = bindings.map((b) => b.slot).filter((slot) => slot >= 0);
        kernels.push({ entry: this.pipelines[number], x, y, z, submit, bindings, slots, groups: new Map(), name: names[kernels.length] });
      }
      let buffer = null;
      if (constants.length > 0) {
        buffer = this.device.createBuffer({ size: constants.length, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
        this.device.queue.writeBuffer(buffer, 0, constants);
      }
      this.reserve(arenaSize);
      const id = ++this.last;
      this.programs.set(id, { kernels, constants: buffer, bound: new Map(), arena: this.arena });
      return id;
    }

    // reserve makes the arena at least this large.
    reserve(size) {
      if (size === 0 || this.arena?.size >= size) return;
      this.arena?.destroy();
      this.arena = this.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
    }

    drop(id) {
      this.programs.get(id)?.constants?.destroy();
      this.programs.delete(id);
    }

    // ready waits until a program's pipelines are compiled; "" or the kernel's number and what is wrong.
    async ready(id) {
      const { kernels } = this.programs.get(id);
      for (let i = 0; i < kernels.length; i++) {
        const wrong = await kernels[i].entry.ready;
        if (wrong) return i + ":" + wrong;
      }
      return "";
    }

    // bound gives the bind groups of a program's kernels for the buffers of one run.
    bound(program, ids) {
      if (program.arena !== this.arena) { // it has grown since
        program.arena = this.arena;
        program.bound.clear();
        for (const kernel of program.kernels) kernel.groups.clear();
      }
      const key = ids.join();
      let groups = program.bound.get(key);
      if (groups) return groups;
      if (program.bound.size >= 16) program.bound.clear();
      groups = program.kernels.map((kernel) => this.group(program, kernel, ids));
      program.bound.set(key, groups);
      return groups;
    }

    group(program, kernel, ids) {
      const count = ids.length / 2;
      const key = kernel.slots.map((slot) => ids[slot] + "+" + ids[count + slot]).join();
      let group = kernel.groups.get(key);
      if (group) return group;
      if (kernel.groups.size >= 32) kernel.groups.clear();
      group = this.device.createBindGroup({
        layout: kernel.entry.layout.group,
        entries: kernel.bindings.map(({ slot, offset, size }, binding) => {
          const buffer = slot === ARENA ? this.arena : slot === CONSTANTS ? program.constants : this.buffers.get(ids[slot]);
          return { binding, resource: { buffer, offset: slot < 0 ? offset : offset + ids[count + slot], size } };
        }),
      });
      kernel.groups.set(key, group);
      return group;
    }

    // run replays kernels first to last-1 of a program with these buffers.
    run(id, ids, first, last) {
      const program = this.programs.get(id);
      const groups = this.bound(program, ids);
      if (this.profiling) return this.runProfiled(program, groups, first, last);
      let encoder = this.device.createCommandEncoder();
      let pass = encoder.beginComputePass();
      let current = null;
      for (let i = first; i < last; i++) {
        const kernel = program.kernels[i];
        const pipeline = kernel.entry.pipeline;
        if (pipeline !== current) pass.setPipeline(current = pipeline);
        pass.setBindGroup(0, groups[i]);
        pass.dispatchWorkgroups(kernel.x, kernel.y, kernel.z);
        if (kernel.submit && i + 1 < last) {
          pass.end();
          this.device.queue.submit([encoder.finish()]);
          encoder = this.device.createCommandEncoder();
          pass = encoder.beginComputePass();
          current = null;
        }
      }
      pass.end();
      this.device.queue.submit([encoder.finish()]);
    }

    // timed runs kernels of a program, by their numbers, count times and gives the nanoseconds that this
    // takes: by the device's clock where it has one, else until its queue is empty.
    async timed(id, ids, numbers, count) {
      const program = this.programs.get(id);
      const groups = this.bound(program, ids);
      const encoder = this.device.createCommandEncoder();
      const dispatch = (pass) => {
        for (let n = 0; n < count; n++) {
          for (const i of numbers) {
            const kernel = program.kernels[i];
            pass.setPipeline(kernel.entry.pipeline);
            pass.setBindGroup(0, groups[i]);
            pass.dispatchWorkgroups(kernel.x, kernel.y, kernel.z);
          }
        }
        pass.end();
      };
      if (!this.has("timestamp-query")) {
        dispatch(encoder.beginComputePass());
        const commands = encoder.finish();
        await this.device.queue.onSubmittedWorkDone();
        const start = performance.now();
        this.device.queue.submit([commands]);
        await this.device.queue.onSubmittedWorkDone();
        return 1e6 * (performance.now() - start);
      }
      const querySet = this.device.createQuerySet({ type: "timestamp", count: 2 });
      const resolved = this.device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
      const mapped = this.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      dispatch(encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } }));
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, mapped, 0, 16);
      this.device.queue.submit([encoder.finish()]);
      await mapped.mapAsync(GPUMapMode.READ);
      const [begin, end] = new BigUint64Array(mapped.getMappedRange());
      mapped.destroy(); resolved.destroy(); querySet.destroy();
      return Number(end - begin);
    }

    // profile starts to time every kernel, or stops.
    profile(on) {
      this.profiling = on ? { results: [], pending: [] } : null;
    }

    runProfiled(program, groups, first, last) {
      const most = 2048;
      for (let at = first; at < last; at += most) {
        const until = Math.min(last, at + most);
        const count = until - at;
        const querySet = this.device.createQuerySet({ type: "timestamp", count: 2 * count });
        const resolved = this.device.createBuffer({ size: 16 * count, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
        const mapped = this.device.createBuffer({ size: 16 * count, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
        const encoder = this.device.createCommandEncoder();
        for (let i = at; i < until; i++) {
          const kernel = program.kernels[i];
          const pass = encoder.beginComputePass({ timestampWrites: {
            querySet, beginningOfPassWriteIndex: 2 * (i - at), endOfPassWriteIndex: 2 * (i - at) + 1 } });
          pass.setPipeline(kernel.entry.pipeline);
          pass.setBindGroup(0, groups[i]);
          pass.dispatchWorkgroups(kernel.x, kernel.y, kernel.z);
          pass.end();
        }
        encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, mapped, 0, 16 * count);
        this.device.queue.submit([encoder.finish()]);
        const names = program.kernels.slice(at, until).map((kernel) => kernel.name);
        const { results, pending } = this.profiling;
        pending.push(mapped.mapAsync(GPUMapMode.READ).then(() => {
          const times = new BigUint64Array(mapped.getMappedRange());
          names.forEach((name, i) => results.push(name, Number(times[2 * i + 1] - times[2 * i])));
          mapped.destroy(); resolved.destroy(); querySet.destroy();
        }));
      }
    }

    // profiled gives name, nanoseconds, name, … of all kernels since profile(true).
    async profiled() {
      if (!this.profiling) return [];
      await Promise.all(this.profiling.pending);
      return this.profiling.results.splice(0);
    }

    close() { this.device.destroy(); }
  }

  // device is the one opened last, for a look at it from the console.
  const shim = globalThis.dongyurWebGPU = { open, device: null };
})();
