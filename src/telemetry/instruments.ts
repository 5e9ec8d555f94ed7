import type { Attributes, Counter, Histogram, Meter, Observable, ObservableResult } from '@opentelemetry/api'
import { UserCode } from '../core/index.ts'
import { METRICS, type MetricName, type MetricSpec, type NameOf } from './metrics.ts'
import { Percentile } from './percentile.ts'
import { RateWindow } from './rate-window.ts'

/** A tally has at most this many series; further ones count as `other`. */
const MAX_SERIES = 64
/** The same for a total, which has several attributes; further ones count together, as OpenTelemetry marks them. */
const MAX_TOTAL_SERIES = 1_000
const OVERFLOW: Attributes = { 'otel.metric.overflow': true }

const METER = 'telemetry.meterProvider'

interface Series {
  readonly attributes: Attributes
  count: number
}

/**
 * The instruments of the table, on a meter of OpenTelemetry. Without a collector, a call costs an addition at most.
 * Never throws.
 */
export class Instruments {
  readonly #code: UserCode
  readonly #counters = new Map<string, Counter>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #tallies = new Map<string, Map<string, Series>>()
  readonly #totals = new Map<string, Map<string, Series>>()
  readonly #gauges = new Map<string, Set<() => number>>()
  readonly #ratios = new Map<string, { well: number; all: number }>()
  readonly #rates = new Map<string, RateWindow>()
  readonly #percentiles = new Map<string, Percentile>()

  /** @param parts - `code` contains the exceptions of the meter; `now`: milliseconds on a monotonic clock */
  constructor(meter: Meter, parts: { readonly code?: UserCode; readonly now?: () => number } = {}) {
    const { code = new UserCode(() => {}), now = () => performance.now() } = parts
    this.#code = code
    for (const [name, spec] of Object.entries(METRICS) as [MetricName, MetricSpec][]) {
      this.#make(meter, name, spec, now)
    }
  }

  count(name: NameOf<'counter'>, attributes?: Attributes): void {
    this.#code.run(METER, () => this.#counters.get(name)?.add(1, attributes))
  }

  record(name: NameOf<'histogram'>, value: number, attributes?: Attributes): void {
    this.#code.run(METER, () => this.#histograms.get(name)?.record(value, attributes))
  }

  tally(name: NameOf<'tally'>, attribute: string, value: string): void {
    const all = this.#tallies.get(name)
    if (!all) return
    const shown = all.has(value) || all.size < MAX_SERIES ? value : 'other'
    const series = all.get(shown)
    if (series) series.count++
    else all.set(shown, { attributes: { [attribute]: shown }, count: 1 })
  }

  /**
   * @param key - names the series
   * @param attributes - asked once, when the series begins
   */
  total(name: NameOf<'total'>, key: string, attributes: () => Attributes): void {
    const all = this.#totals.get(name)
    if (all === undefined) return
    const series = all.get(key)
    if (series !== undefined) series.count++
    else if (all.size < MAX_TOTAL_SERIES) all.set(key, { attributes: attributes(), count: 1 })
    else {
      const rest = all.get('')
      if (rest !== undefined) rest.count++
      else all.set('', { attributes: OVERFLOW, count: 1 })
    }
  }

  ratio(name: NameOf<'ratio'>, well: boolean): void {
    const ratio = this.#ratios.get(name)
    if (!ratio) return
    ratio.all++
    if (well) ratio.well++
  }

  rate(name: NameOf<'rate'>, count: number): void {
    this.#rates.get(name)?.add(count)
  }

  p99(name: NameOf<'p99'>, value: number): void {
    this.#percentiles.get(name)?.add(value)
  }

  /** Adds a callback to a gauge: the values of all callbacks are added up. Returns a function that removes it. */
  gauge(name: NameOf<'gauge'>, read: () => number): () => void {
    const sources = this.#gauges.get(name)
    sources?.add(read)
    return () => void sources?.delete(read)
  }

  #make(meter: Meter, name: MetricName, spec: MetricSpec, now: () => number): void {
    const about = { description: spec.description, unit: spec.unit }
    // An object that is no instrument lacks the methods: calls of it fail, and are contained.
    const made = <T>(make: () => T) => this.#code.run(METER, make)
    const observe = (make: () => Observable | undefined, callback: (result: ObservableResult) => void) => {
      const instrument = made(make)
      made(() => instrument?.addCallback((result) => void made(() => callback(result))))
    }
    const gauge = (read: () => number) =>
      observe(
        () => meter.createObservableGauge(name, about),
        (result) => result.observe(read()),
      )
    switch (spec.kind) {
      case 'counter': {
        const counter = made(() => meter.createCounter(name, about))
        if (counter) this.#counters.set(name, counter)
        break
      }
      case 'histogram': {
        const advice = { explicitBucketBoundaries: [...(spec.buckets ?? [])] }
        const histogram = made(() => meter.createHistogram(name, { ...about, advice }))
        if (histogram) this.#histograms.set(name, histogram)
        break
      }
      case 'tally': {
        const series = new Map<string, Series>()
        this.#tallies.set(name, series)
        observe(
          () => meter.createObservableUpDownCounter(name, about),
          (result) => observeAll(result, series),
        )
        break
      }
      case 'total': {
        const series = new Map<string, Series>()
        this.#totals.set(name, series)
        observe(
          () => meter.createObservableCounter(name, about),
          (result) => observeAll(result, series),
        )
        break
      }
      case 'ratio': {
        const ratio = { well: 0, all: 0 }
        this.#ratios.set(name, ratio)
        gauge(() => (ratio.all === 0 ? (spec.initially ?? 0) : ratio.well / ratio.all))
        break
      }
      case 'rate': {
        const window = new RateWindow(now)
        this.#rates.set(name, window)
        gauge(() => window.rate())
        break
      }
      case 'p99': {
        const percentile = new Percentile()
        this.#percentiles.set(name, percentile)
        gauge(() => percentile.at(0.99))
        break
      }
      case 'gauge': {
        const sources = new Set<() => number>()
        this.#gauges.set(name, sources)
        gauge(() => [...sources].reduce((sum, read) => sum + read(), 0))
        break
      }
    }
  }
}

function observeAll(result: ObservableResult, series: ReadonlyMap<string, Series>): void {
  for (const { count, attributes } of series.values()) result.observe(count, attributes)
  // A tally starts with a series of 0, so that a dashboard shows that nothing has happened.
  if (series.size === 0) result.observe(0)
}
