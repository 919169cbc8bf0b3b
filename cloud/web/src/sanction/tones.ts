// The five colours of prompts (domain reference 13.5), each with a mark and a
// word, so that nobody needs to see the colour, and with an ink that can be read
// on it (4.5:1, held to by tones.test.ts).
export interface Tone {
  ground: string;
  ink: string;
  mark: string;
  word: string;
}

export const tones: Record<string, Tone> = {
  RED: { ground: "#D93026", ink: "#FFFFFF", mark: "✖", word: "不能办理" },
  ORANGE: { ground: "#E37400", ink: "#1F1300", mark: "▲", word: "加强审核" },
  YELLOW: { ground: "#F9AB00", ink: "#1F1300", mark: "!", word: "请注意" },
  BLUE: { ground: "#1A73E8", ink: "#FFFFFF", mark: "i", word: "说明" },
  GREEN: { ground: "#188038", ink: "#FFFFFF", mark: "✔", word: "可以办理" },
};

export const toneOf = (color: string): Tone => tones[color] ?? (tones.RED as Tone);
