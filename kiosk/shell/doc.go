// Package shell is the window: the only room that knows Wails.
//
// It promises a full-screen window that shows the desk and nothing else. It holds no data, no
// key and no address: at start, and after every crash of the page's process, it asks the
// desk's service (package boot) for an address with a one-time token and goes there. While the
// service is not up it says so in words and asks again; when the page stops saying that it
// lives, the window loads it anew.
//
// It refuses to leave the desk's address, to print, to open a file dialog, a context menu or
// an inspector, and to close on Alt+F4; it ends when its service manager says so (SIGTERM).
// No call to the desk goes through Wails: its asset server carries one static page.
//
// Between two visits the page's process is ended and a new one begun (the page asks for /renew), and the
// clipboard emptied: no memory of the page outlives its resident. What remains is this process's own: WebKit
// hands it the words around the caret for input methods, and the last of them may lie in its memory until
// that is used again. No page can reach it; TestTheRealWindow names it. On Windows no hook ends the page's
// process: the page is loaded anew instead.
//
// A power cut leaves nothing: the room writes nothing.
//
// It is built with -tags desktop,production,webkit2_41 (Linux) or desktop,production (Windows);
// without the tags this comment is all there is, so that tests need neither GTK nor cgo.
package shell
