import { delegation } from "#/test/demo/blocks.ts";
import { type Check, check } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { partsOf, type Story, taskOf } from "#/test/demo/story.ts";

/** One document says three, the other four; voters look for it in different words, and so find another one first. */
const contradicting = ["demo/documents/bridge-survey.md", "demo/documents/bridge-chronicle.md"];

export const consensus: Pattern = {
  name: "consensus",
  promise: "voters answer independently, the answers are counted, and below MIN_AGREEMENT there is no consensus",
  async play(stage) {
    const agreed = await stage.ask(
      "Three voters on what one document says",
      "/consensus 3 knowledge Is it true that the vault Orion was built by the firm Kestrel?",
    );
    const open = await stage.ask(
      "Three voters on what two documents contradict each other about, nine tenths of whom must agree",
      delegation({
        AGENT_TYPE: "knowledge",
        MODE: "consensus",
        VOTERS: "3",
        MIN_AGREEMENT: "0.9",
        TASK: "Is it true that the bridge Vega has three arches?",
        INPUT: { documents: contradicting },
      }),
    );
    return [...judgeAgreed(agreed), ...judgeOpen(open)];
  },
};

export function judgeAgreed(story: Story): Check[] {
  const vote = taskOf(story, "t1").result?.consensus;
  const voters = partsOf(story, "t1");
  return [
    check(
      "each of three voters was asked once, and none was given another's answer",
      voters.length === 3 && voters.every(({ spec, outcomes }) => spec.dependsOn.length === 0 && outcomes === 1),
      voters.map(({ ref, status }) => `${ref} ${status}`).join(", "),
    ),
    check(
      "winner, share and every vote are kept",
      vote?.reached === true && vote.winner === "yes" && vote.share === 1 && vote.votes.length === 3,
      vote === undefined ? "no vote" : `"${vote.winner}" with ${percent(vote.share)} of ${vote.votes.length} votes`,
    ),
  ];
}

export function judgeOpen(story: Story): Check[] {
  const { result } = taskOf(story, "t1");
  const vote = result?.consensus;
  const dissent = (vote?.dissent ?? []).map(({ answer, refs }) => `${refs.join(", ")} "${answer}"`).join("; ");
  return [
    check(
      "below MIN_AGREEMENT there is no consensus, and the dissent is kept",
      vote?.reached === false && vote.share < vote.minAgreement && dissent !== "",
      vote === undefined ? "no vote" : `"${vote.winner}" has ${percent(vote.share)}, others: ${dissent || "none"}`,
    ),
    check(
      "result and answer say so",
      /no consensus/i.test(result?.text ?? "") && /no consensus/i.test(story.answer),
      `the answer begins: "${story.answer.split("\n")[0]}"`,
    ),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
