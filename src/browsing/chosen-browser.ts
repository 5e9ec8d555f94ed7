import type {
  BrowserCall,
  BrowserPort,
  LoadFailure,
  LoadReply,
  LoadTask,
  PageFetchReply,
  PageFetchTask,
  PictureTask,
  RenewReply,
  RenewTask,
  RunCall,
  RunTask,
  SolveCall,
  SolveReply,
  SolveTask,
} from './browser-port.ts'

/**
 * The browser of this process for pages, where there is one, and workers for everything else: they pass challenges in either case,
 * so that the processes of a session pass each once.
 */
export class ChosenBrowser implements BrowserPort {
  readonly coordinated = true
  readonly #here: BrowserPort
  readonly #workers: BrowserPort
  readonly #isHere: () => Promise<boolean>

  /** @param isHere - whether there is a browser in this process; asked for each task */
  constructor(here: BrowserPort, workers: BrowserPort, isHere: () => Promise<boolean>) {
    this.#here = here
    this.#workers = workers
    this.#isHere = isHere
  }

  solve(task: SolveTask, call: SolveCall): Promise<SolveReply> {
    return this.#workers.solve(task, call)
  }

  renew(task: RenewTask, call: BrowserCall): Promise<RenewReply> {
    return this.#workers.renew(task, call)
  }

  async load(task: LoadTask, call: BrowserCall): Promise<LoadReply> {
    return (await this.#chosen()).load(task, call)
  }

  async openPage(document: URL, call: BrowserCall): Promise<LoadFailure | null> {
    return (await this.#chosen()).openPage(document, call)
  }

  async run(task: RunTask, call: RunCall): Promise<boolean> {
    return (await this.#chosen()).run(task, call)
  }

  async fetch(task: PageFetchTask, call: BrowserCall): Promise<PageFetchReply> {
    return (await this.#chosen()).fetch(task, call)
  }

  forgetPage(origin: string): void {
    this.#here.forgetPage(origin)
    this.#workers.forgetPage(origin)
  }

  async picture(task: PictureTask, call: BrowserCall): Promise<Buffer | null> {
    return (await this.#chosen()).picture(task, call)
  }

  async #chosen(): Promise<BrowserPort> {
    return (await this.#isHere()) ? this.#here : this.#workers
  }
}
