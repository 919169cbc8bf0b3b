// Names of venues for pages that only hold their ids.
import { ref, type Ref } from "vue";
import { ask, client } from "../../kit/client";
import type { Schemas } from "../api";
import { can } from "../session";

export type Venue = Schemas["VenueVenue"];

export interface Venues {
  list: Ref<Venue[]>;
  name: (id: string) => string;
}

/** useVenues loads the venues that the user may see; without the right, ids stay ids. */
export function useVenues(): Venues {
  const list = ref<Venue[]>([]);
  if (can("exam.venue.list")) {
    void ask(client.GET("/api/v1/exam/venues", { params: { query: { page_size: 200 } } }))
      .then((page) => {
        list.value = page.items;
      })
      .catch(() => {}); // the page still works with ids
  }
  const name = (id: string): string => list.value.find((v) => v.id === id)?.name ?? id;
  return { list, name };
}
