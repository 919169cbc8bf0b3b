// Short names for the generated contract.
import type { components } from "@huyun/protocol/console";

export type Schemas = components["schemas"];
export type { Page } from "../kit/list";
