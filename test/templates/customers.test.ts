import { describe, expect, it } from "vitest";
import { kinds, world } from "./world.ts";

describe.each(kinds)("customers, %s", (kind) => {
  it("a sign-up makes one customer with the subscription, and stores its id", async () => {
    const { ensureCustomer, sandbox, users, lines } = await world(kind);
    const customer = await ensureCustomer({ externalId: 7, email: "ann@example.com", name: "Ann" });
    const [made, ...others] = sandbox.customers();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ external_id: "7", email: "ann@example.com", name: "Ann", subscriptions: [{ status: "active", products: [{ code: "starter" }] }] });
    expect(customer).toEqual({ customerId: made?.id });
    expect(users.get("7")).toEqual({ customerId: made?.id });
    expect(lines).toEqual([]);
  });
});
