import { z } from "zod";
import * as field from "../../lib/schema/fields";
import { section, withAbsent } from "../../lib/schema/sections";

/** By what a receiver of remote writes knows the sender. */
export const remoteWriteAccess = {
  tenant: field.optional(field.tenant).describe("Tenant, sent as `X-Scope-OrgID`"),
  headers: field.remoteWriteHeaders.prefault({}).describe("Further headers of each request. They are kept in a Secret"),
  auth: section(
    withAbsent(
      ["credential", "secretName"],
      z
        .strictObject({
          username: field
            .optional(field.userName)
            .describe("User of basic authentication. Absent: the credential is a bearer token"),
          credential: field
            .optional(field.remoteWriteCredential)
            .describe("Password or token, kept in a Secret of this stack. Write this, or:"),
          secretName: field.optional(field.dnsName).describe("A Secret in the same namespace that has it"),
          secretKey: field.secretKey.prefault("password").describe("Its key in that Secret"),
        })
        .meta({ typeName: "RemoteWriteAuth" }),
    ),
  ).describe("Credential. It is read from a file at each request: a Secret that changes needs no restart"),
};
