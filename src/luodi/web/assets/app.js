// The one script of every page. Pages work without it; this makes them pleasant. Its settings for htmx stand in base.html.
import "htmx.org";
// in the order that the tokens ask for
import "./css/tabler.scss";
import "./css/tokens.css";
import "./css/parts.css";
import "./css/luodi.css";
import "./css/print.css";
import "./js/count.js";
import "./js/dialog.js";
import "./js/drop.js";
import "./js/filter.js";
import "./js/forms.js";
import "./js/keys.js";
import "./js/menus.js";
import "./js/passkey.js";
import "./js/search.js";
import "./js/toast.js";
