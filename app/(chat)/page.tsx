import { isOffline } from "#/app/_ui/offline.ts";
import { StartPage } from "#/app/_ui/start-page.tsx";

export default function NewConversationPage() {
  return <StartPage offline={isOffline()} />;
}
