//go:build linux && (desktop || bindings)

#include <string.h>
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>
#include "harden_linux.h"

static const char *const home = "wails://wails/";
static WebKitWebView *view = NULL;   /* touched only on the GTK thread */
static GMutex allowed_lock;
static char *allowed = NULL;         /* origin prefix of the desk; allowed_lock */

/* The page's process died: its picture would stay on the screen for ever. */
static void on_terminated(WebKitWebView *v, WebKitWebProcessTerminationReason why, gpointer data) {
    webkit_web_view_load_uri(v, home);
}

/* The camera is granted: papers are photographed with it; and the microphone: who does not write speaks
 * a petition. Never both at once, and no location, notifications and the rest. Nothing but the desk's
 * own pages is ever in this window (on_policy), and they say when they listen. */
static gboolean on_permission(WebKitWebView *v, WebKitPermissionRequest *r, gpointer data) {
    if (WEBKIT_IS_USER_MEDIA_PERMISSION_REQUEST(r) &&
        webkit_user_media_permission_is_for_video_device(WEBKIT_USER_MEDIA_PERMISSION_REQUEST(r)) !=
        webkit_user_media_permission_is_for_audio_device(WEBKIT_USER_MEDIA_PERMISSION_REQUEST(r))) {
        webkit_permission_request_allow(r);
    } else {
        webkit_permission_request_deny(r);
    }
    return TRUE;
}

/* The print dialog has "Print to File" and shows the file system. Slips are printed by Go. */
static gboolean on_print(WebKitWebView *v, WebKitPrintOperation *op, gpointer data) { return TRUE; }

static gboolean on_file_chooser(WebKitWebView *v, WebKitFileChooserRequest *r, gpointer data) {
    webkit_file_chooser_request_cancel(r);
    return TRUE;
}

/* A saved file would lie in the window's home for the next resident. */
static void on_download(WebKitWebContext *c, WebKitDownload *d, gpointer data) {
    webkit_download_cancel(d);
}

static gboolean on_context_menu(WebKitWebView *v, WebKitContextMenu *m, GdkEvent *e, WebKitHitTestResult *h, gpointer data) {
    return TRUE;
}

static gboolean may_show(const char *uri) {
    if (uri == NULL) return FALSE;
    if (g_str_has_prefix(uri, home) || g_str_equal(uri, "about:blank")) return TRUE;
    g_mutex_lock(&allowed_lock);
    gboolean ok = allowed != NULL && g_str_has_prefix(uri, allowed);
    g_mutex_unlock(&allowed_lock);
    return ok;
}

/* Between two visits the page asks for this address: its process ends with everything that its memory,
 * freed or not, may still hold of the last resident, and on_terminated begins a new one. What was
 * selected or copied goes too. */
static gboolean renew(gpointer data) {
    gtk_clipboard_set_text(gtk_clipboard_get(GDK_SELECTION_CLIPBOARD), "", 0);
    gtk_clipboard_set_text(gtk_clipboard_get(GDK_SELECTION_PRIMARY), "", 0);
    if (view != NULL) webkit_web_view_terminate_web_process(view);
    return G_SOURCE_REMOVE;
}

static gboolean is_renewal(const char *uri) {
    if (!may_show(uri)) return FALSE;
    const char *host = strstr(uri, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');
    return path != NULL && (g_str_equal(path, "/renew") || g_str_has_prefix(path, "/renew?"));
}

static gboolean on_policy(WebKitWebView *v, WebKitPolicyDecision *d, WebKitPolicyDecisionType t, gpointer data) {
    if (t == WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION) {
        webkit_policy_decision_ignore(d);
        return TRUE;
    }
    if (t != WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION) return FALSE;
    WebKitNavigationAction *a = webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(d));
    const char *uri = webkit_uri_request_get_uri(webkit_navigation_action_get_request(a));
    if (is_renewal(uri)) {
        g_idle_add(renew, NULL);
        webkit_policy_decision_ignore(d);
        return TRUE;
    }
    if (may_show(uri)) return FALSE;
    webkit_policy_decision_ignore(d);
    return TRUE;
}

static void find(GtkWidget *w, gpointer out) {
    if (WEBKIT_IS_WEB_VIEW(w)) { *(WebKitWebView **)out = WEBKIT_WEB_VIEW(w); return; }
    if (GTK_IS_CONTAINER(w)) gtk_container_foreach(GTK_CONTAINER(w), find, out);
}

/* Called every 50 ms until Wails has made its view; then never again. */
static gboolean take_hold(gpointer data) {
    WebKitWebView *found = NULL;
    GList *tops = gtk_window_list_toplevels();
    for (GList *l = tops; l != NULL && found == NULL; l = l->next) find(GTK_WIDGET(l->data), &found);
    g_list_free(tops);
    if (found == NULL) return G_SOURCE_CONTINUE;
    view = found;
    g_signal_connect(view, "web-process-terminated", G_CALLBACK(on_terminated), NULL);
    g_signal_connect(view, "permission-request", G_CALLBACK(on_permission), NULL);
    g_signal_connect(view, "print", G_CALLBACK(on_print), NULL);
    g_signal_connect(view, "run-file-chooser", G_CALLBACK(on_file_chooser), NULL);
    g_signal_connect(view, "context-menu", G_CALLBACK(on_context_menu), NULL);
    g_signal_connect(webkit_web_view_get_context(view), "download-started", G_CALLBACK(on_download), NULL);
    g_signal_connect(view, "decide-policy", G_CALLBACK(on_policy), NULL);
    return G_SOURCE_REMOVE;
}

void bendo_harden(void) { g_timeout_add(50, take_hold, NULL); }

void bendo_allow(const char *prefix) {
    g_mutex_lock(&allowed_lock);
    g_free(allowed);
    allowed = g_strdup(prefix);
    g_mutex_unlock(&allowed_lock);
}

static gboolean load_home(gpointer data) {
    if (view != NULL) webkit_web_view_load_uri(view, home);
    return G_SOURCE_REMOVE;
}

void bendo_reload(void) { g_idle_add(load_home, NULL); }
