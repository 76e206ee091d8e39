import { FakeListChatModel } from "@langchain/core/utils/testing";

/** A model of LangChain that answers at once with the same text. */
export function fakeModel(answer: string): FakeListChatModel {
  return new FakeListChatModel({ responses: [answer] });
}
