// emulate's GitHub on a port: `node serve.mjs SEED.json PORT`.  It says "ready", and answers each line it is given
// with "reset" once its state is the seed's again, which takes milliseconds where a new process takes a third of a second.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

const [seed, port] = process.argv.slice(2);
const emulator = await createEmulator({ service: "github", port: Number(port), seed: JSON.parse(readFileSync(seed, "utf8")) });
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) {
  emulator.reset();
  console.log("reset");
}
await emulator.close();
