import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, withAbsent } from "../../lib/schema/sections";

/** By what a receiver of remote writes knows the sender. */
export const remoteWriteAccess = {
  /** Sent as X-Scope-OrgID; absent: none. */
  tenant: field.optional(field.tenant),
  /** Further headers; their values are secrets, and kept in a Secret. */
  headers: field.remoteWriteHeaders.prefault({}),
  /** Absent: no credential. */
  auth: section(
    withAbsent(
      ["credential", "secretName"],
      z.strictObject({
        /** User of basic authentication; absent: the credential is a bearer token. */
        username: field.optional(field.userName),
        /** Password or token, as a secret; it is kept in a Secret of this stack. Or: */
        credential: field.optional(field.remoteWriteCredential),
        /** A Secret in the same namespace that has it. */
        secretName: field.optional(field.dnsName),
        /** Its key in that Secret. */
        secretKey: field.secretKey.prefault("password"),
      }),
    ),
  ),
};
