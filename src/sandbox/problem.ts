/** An error answer of the API: RFC 9457 members, plus `errors` (path to messages) when a request did not validate. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: Readonly<Record<string, readonly string[]>> | undefined;

  constructor(status: number, title: string, detail: string, errors?: Readonly<Record<string, readonly string[]>>) {
    super(detail);
    this.status = status;
    this.title = title;
    this.errors = errors;
  }
}

/** 400: the request could not be understood. */
export function badRequest(detail: string): Problem {
  return new Problem(400, "Bad Request", detail);
}

/** 404: the path names something that is not here. */
export function notFound(what: string): Problem {
  return new Problem(404, "Not Found", `${what} was not found`);
}

/** 422: one member of the request is refused; `path` is written as in `subscriptions[0].products[0].code`. */
export function refused(path: string, message: string): Problem {
  return invalid({ [path]: [message] });
}

/** 422: several members of the request are refused. */
export function invalid(errors: Readonly<Record<string, readonly string[]>>): Problem {
  const [first] = Object.entries(errors);
  return new Problem(422, "Validation failed", first ? `${first[0]} ${first[1][0] ?? ""}`.trim() : "The request is not valid", errors);
}

/** 409: it exists already. */
export function conflict(detail: string): Problem {
  return new Problem(409, "Conflict", detail);
}

/** The problem as the JSON body Credyt answers with. */
export function problemBody(problem: Problem): Record<string, unknown> {
  const { status, title, message, errors } = problem;
  return { type: "about:blank", title, status, detail: message, errors };
}
