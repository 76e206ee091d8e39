import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** An authority and a certificate that it signed for 127.0.0.1 and localhost, as PEM; made without any program. */
export function makeCertificates(): { ca: string; cert: string; key: string } {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = "Deputy test authority";
  return {
    ca: certificate({ subject: issuer, of: authority.publicKey, issuer, by: authority.privateKey, serial: 1 }),
    cert: certificate({ subject: "localhost", of: server.publicKey, issuer, by: authority.privateKey, serial: 2 }),
    key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

type Subject = { subject: string; of: KeyObject; issuer: string; by: KeyObject; serial: number };

/** RFC 5280, as little of it as TLS needs. */
function certificate({ subject, of, issuer, by, serial }: Subject): string {
  const algorithm = sequence(oid("2a8648ce3d040302"));
  const extension = subject === issuer ? isAuthority() : names();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    algorithm,
    named(issuer),
    sequence(time("200101000000Z"), time("491231235959Z")),
    named(subject),
    of.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, by));
  const text = sequence(body, algorithm, signature).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function isAuthority(): Buffer {
  const yes = der(0x01, Buffer.from([0xff]));
  return sequence(oid("551d13"), yes, der(0x04, sequence(yes)));
}

function names(): Buffer {
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  return sequence(oid("551d11"), der(0x04, sequence(der(0x82, Buffer.from("localhost")), address)));
}

function named(name: string): Buffer {
  return sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(name)))));
}

function time(text: string): Buffer {
  return der(0x17, Buffer.from(text));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
