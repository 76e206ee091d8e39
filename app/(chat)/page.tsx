import { mustTellOffline } from "#/app/_ui/offline.ts";
import { StartPage } from "#/app/_ui/start-page.tsx";

export default async function NewConversationPage() {
  return <StartPage offline={await mustTellOffline()} />;
}
