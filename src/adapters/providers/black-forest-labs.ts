// https://docs.bfl.ai/api-reference
import { defineProvider } from "../define.ts";

/** A request starts a task, which is billed then; its picture is asked for by `get_result`. */
export default defineProvider({
  title: "Black Forest Labs",
  packages: [],
  host: /api(?:\.(?:us|eu)\d?)?\.bfl\.(?:ai|ml)|\b(?:BLACK_FOREST(?:_LABS)?|BFL)_(?:API_)?(?:BASE_)?(?:URL|ENDPOINT|HOST)\b\}?/,
  calls: [],
  hosts: [{ path: /^\/v1\/(?!get_result|my_finetunes|finetune_details|delete_finetune|credits|licenses|users)/, method: "POST", call: "POST image", eventType: "image_generation", meter: {}, given: { images: "1" } }],
});
