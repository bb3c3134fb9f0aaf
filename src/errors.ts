/** Something the user can mend: bad flags, bad config, a dirty tree. Shown without a stack; everything else is our bug. */
export class UserError extends Error {
  /** What to do next, one or two sentences. */
  readonly hint: string;
  /** Exit status: 2 unless the contract says otherwise. */
  readonly status: number;

  constructor(message: string, hint: string, status = 2) {
    super(message);
    this.name = "UserError";
    this.hint = hint;
    this.status = status;
  }
}
