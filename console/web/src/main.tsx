import { render } from "preact";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/pages.css";
import "./style/phone.css";
import "./style/work.css";
import "./style/messages.css";
import { follow } from "./route";
import { askSession } from "./session";
import { Shell } from "./shell";

const root = document.getElementById("app");
if (root) {
  follow();
  void askSession();
  render(<Shell />, root);
}
