// Runs the Khronos glTF validator over the files named on the command line; prints their findings as JSON.
import { readFileSync } from "node:fs";
import validator from "gltf-validator";

const reports = {};
for (const file of process.argv.slice(2)) {
  const report = await validator.validateBytes(new Uint8Array(readFileSync(file)), { maxIssues: 50 });
  reports[file] = report.issues.messages;
}
console.log(JSON.stringify(reports));
