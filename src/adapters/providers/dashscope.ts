// https://www.alibabacloud.com/help/en/model-studio
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({ title: "Alibaba Cloud Model Studio", packages: [], host: /dashscope[\w-]*\.aliyuncs\.com/, calls: [], hosts: SHAPED_HOSTS });
