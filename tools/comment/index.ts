import { runComment } from "./command";

/**
 * `npm run comment`: previews as one comment of a pull request, which is updated by the next run.
 * Exit status: 0, also where the token may not comment (the text is printed then); 1 when the forge fails; 2 when the
 * command's own words or the environment are off.
 */
async function main(): Promise<void> {
  process.exitCode = await runComment(process.argv.slice(2), {
    environment: process.env,
    print: (line) => process.stdout.write(`${line}\n`),
    say: (line) => {
      console.error(line);
    },
  });
}

void main();
