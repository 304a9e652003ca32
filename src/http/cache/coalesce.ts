export interface CoalescerOptions<Waiter, Result> {
  /** The data version of this moment. */
  dataVersion(): number;
  /** Computes the result and answers the leader; undefined when there is nothing to share. Never rejects. */
  lead(leader: Waiter): Promise<Result | undefined>;
  /** Whether a result that was shared with earlier requests may answer one that has arrived since. */
  isCurrent(result: Result): boolean;
  /** Answers a follower with the leader's result. */
  follow(follower: Waiter, result: Result): void;
  /** Answers a request whose leader had nothing to share. */
  answerAlone(waiter: Waiter): void;
}

/** One computation. */
interface Flight<Waiter> {
  /** Undefined until the computation begins. */
  dataVersion: number | undefined;
  followers: Waiter[];
  /** Requests that arrived after a commit that the computation may not have seen. */
  late: Waiter[];
}

/**
 * Coalesces concurrent requests for the same key (single flight): the first one, the leader, computes the result, and the
 * followers wait for it. A request follows a computation only if no commit lies between the beginning of the computation
 * and the arrival of the request, so that everybody gets a result at least as new as the request.
 */
export function createCoalescer<Waiter, Result>(options: CoalescerOptions<Waiter, Result>) {
  const flights = new Map<string, Flight<Waiter>>();

  async function run(key: string, flight: Flight<Waiter>, leader: Waiter): Promise<void> {
    flight.dataVersion = options.dataVersion();
    const result = await options.lead(leader);
    flights.delete(key);
    const { followers, late } = flight;
    for (const follower of followers) answer(follower, result);
    const [first, ...others] = late;
    if (first === undefined) return;
    if (result !== undefined && options.isCurrent(result)) for (const waiter of late) answer(waiter, result);
    else begin(key, first, others);
  }

  function answer(waiter: Waiter, result: Result | undefined): void {
    if (result === undefined) options.answerAlone(waiter);
    else options.follow(waiter, result);
  }

  function begin(key: string, leader: Waiter, followers: Waiter[]): void {
    const flight = { dataVersion: undefined, followers, late: [] };
    flights.set(key, flight);
    void run(key, flight, leader);
  }

  return {
    /** @param delay milliseconds before a new computation begins; at once when not above 0 */
    request(key: string, waiter: Waiter, delay: number): void {
      const flight = flights.get(key);
      if (flight) {
        const canFollow = flight.dataVersion === undefined || flight.dataVersion === options.dataVersion();
        (canFollow ? flight.followers : flight.late).push(waiter);
      } else if (delay <= 0) {
        begin(key, waiter, []);
      } else {
        const waiting: Flight<Waiter> = { dataVersion: undefined, followers: [], late: [] };
        flights.set(key, waiting);
        setTimeout(() => void run(key, waiting, waiter), delay);
      }
    },
  };
}
