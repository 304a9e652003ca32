export interface CoalescerOptions<Waiter, Result> {
  /** Returns the current data version. */
  dataVersion(): number;
  /** Reads the versions of the data for a key, if that needs a round trip. Never rejects. */
  confirm?: ((key: string) => Promise<void>) | undefined;
  /** Computes the result and answers the leader. Resolves with undefined if the result cannot be shared. Never rejects. */
  lead(leader: Waiter): Promise<Result | undefined>;
  /** Returns true if the data is unchanged since the result was computed. */
  isCurrent(result: Result): boolean;
  /** Answers a follower with the leader's result. */
  follow(follower: Waiter, result: Result): void;
  /** Answers a request whose leader has no result to share. */
  answerAlone(waiter: Waiter): void;
}

/** One computation. */
interface Flight<Waiter> {
  /** Undefined until the computation starts. */
  dataVersion: number | undefined;
  followers: Waiter[];
  /** Requests that arrived after a commit. The result of this computation may be too old for them. */
  late: Waiter[];
}

/**
 * Coalesces concurrent requests for the same key (single flight). The first request, the leader, computes the result; the
 * followers wait for it. A request becomes a follower only if no commit happened between the start of the computation
 * and its arrival. So every request gets a result that includes all commits before its arrival.
 */
export function createCoalescer<Waiter, Result>(options: CoalescerOptions<Waiter, Result>) {
  const flights = new Map<string, Flight<Waiter>>();

  async function run(key: string, flight: Flight<Waiter>, leader: Waiter): Promise<void> {
    flight.dataVersion = options.dataVersion();
    const result = await options.lead(leader);
    for (const follower of flight.followers.splice(0)) answer(follower, result);
    // Without it, the versions may be too old to tell that the result is current.
    if (options.confirm && flight.late.length > 0) await options.confirm(key);
    flights.delete(key);
    const { followers, late } = flight;
    for (const follower of followers) answer(follower, result);
    const [first, ...others] = late;
    if (first === undefined) return;
    if (result !== undefined && options.isCurrent(result)) {
      for (const waiter of late) answer(waiter, result);
    } else {
      start(key, first, others);
    }
  }

  async function runDelayed(key: string, flight: Flight<Waiter>, leader: Waiter): Promise<void> {
    // The versions that were read before the pause would make the result stale after a commit during the pause.
    if (options.confirm) await options.confirm(key);
    await run(key, flight, leader);
  }

  function answer(waiter: Waiter, result: Result | undefined): void {
    if (result === undefined) options.answerAlone(waiter);
    else options.follow(waiter, result);
  }

  function start(key: string, leader: Waiter, followers: Waiter[]): void {
    const flight = { dataVersion: undefined, followers, late: [] };
    flights.set(key, flight);
    void run(key, flight, leader);
  }

  return {
    /** Joins the computation for a key, or starts one. @param delayMs pause before it starts; none if 0 or negative */
    request(key: string, waiter: Waiter, delayMs: number): void {
      const flight = flights.get(key);
      if (flight) {
        const canFollow = flight.dataVersion === undefined || flight.dataVersion === options.dataVersion();
        (canFollow ? flight.followers : flight.late).push(waiter);
      } else if (delayMs <= 0) {
        start(key, waiter, []);
      } else {
        const delayed: Flight<Waiter> = { dataVersion: undefined, followers: [], late: [] };
        flights.set(key, delayed);
        setTimeout(() => void runDelayed(key, delayed, waiter), delayMs);
      }
    },
  };
}
