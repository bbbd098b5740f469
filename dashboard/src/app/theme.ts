/** The look of the controls: Chakra's tokens with our palette, and only the recipes that are used. */
import { createSystem, defaultBaseConfig, defineConfig } from "@chakra-ui/react";
import {
  animationStyles,
  breakpoints,
  buttonRecipe,
  cssVarsPrefix,
  cssVarsRoot,
  dialogSlotRecipe,
  fieldSlotRecipe,
  globalCss,
  inputRecipe,
  keyframes,
  layerStyles,
  nativeSelectSlotRecipe,
  semanticTokens,
  textStyles,
  textareaRecipe,
  toastSlotRecipe,
  tokens,
} from "@chakra-ui/react/theme";

const INTER = "'Inter Variable', system-ui, sans-serif";
const both = (light: string, dark: string) => ({ value: { _light: light, _dark: dark } });

const config = defineConfig({
  preflight: true,
  cssVarsPrefix,
  cssVarsRoot,
  globalCss,
  theme: {
    breakpoints,
    keyframes,
    textStyles,
    layerStyles,
    animationStyles,
    tokens: {
      ...tokens,
      fonts: { ...tokens.fonts, body: { value: INTER }, heading: { value: INTER } },
    },
    semanticTokens: {
      ...semanticTokens,
      radii: { l1: { value: "6px" }, l2: { value: "8px" }, l3: { value: "12px" } },
      colors: {
        ...semanticTokens.colors,
        // White on Chakra's own green is too faint to read.
        green: { ...semanticTokens.colors.green, solid: both("#15703a", "#15703a") },
        brand: {
          solid: both("#4f46e5", "#5b52ea"),
          contrast: both("#ffffff", "#ffffff"),
          fg: both("#4338ca", "#a5b4fc"),
          muted: both("#e0e7ff", "#312e81"),
          subtle: both("#eef2ff", "#1e1b4b"),
          emphasized: both("#c7d2fe", "#3730a3"),
          focusRing: both("#6366f1", "#818cf8"),
          border: both("#a5b4fc", "#4338ca"),
        },
      },
    },
    recipes: { button: buttonRecipe, input: inputRecipe, textarea: textareaRecipe },
    slotRecipes: {
      field: fieldSlotRecipe,
      nativeSelect: nativeSelectSlotRecipe,
      dialog: dialogSlotRecipe,
      toast: toastSlotRecipe,
    },
  },
});

export const system = createSystem(defaultBaseConfig, config);
