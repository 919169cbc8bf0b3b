// Which tabs of a page somebody may see, and which one the address names.
import { computed, type Component, type ComputedRef } from "vue";
import { useRoute } from "vue-router";

export interface Tab {
  key: string;
  title: string;
  perm?: string;
  component: Component;
}

export function useTabs(tabs: Tab[], may: (perm: string) => boolean): { shown: ComputedRef<Tab[]>; tab: ComputedRef<Tab> } {
  const route = useRoute();
  const shown = computed(() => tabs.filter((t) => !t.perm || may(t.perm)));
  const tab = computed(() => shown.value.find((t) => t.key === route.params.tab) ?? shown.value[0]!);
  return { shown, tab };
}
