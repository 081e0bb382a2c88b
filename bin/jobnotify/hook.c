/*
 * hook: by HTTP: a POST of the JSON document, answered with a status of 2xx.
 *
 * The only file that knows libcurl.  Redirections are not followed: they could lead
 * anywhere.
 */
#include "hook.h"

#include <curl/curl.h>

#define CONNECT_LIMIT 10L	/* seconds */

static size_t drop(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static int post(CURL *c, const char *url, const struct buf *body, struct err *e)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	char why[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)body->len);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "jobnotify/" JOB_VERSION);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_LIMIT);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)LIMIT);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	code = curl_easy_perform(c);
	if (code == CURLE_OK)
		(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return err_set(e, ERR_UNAVAIL, "%s", why[0] != '\0' ? why :
		    curl_easy_strerror(code));
	if (status < 200 || status > 299)
		return err_set(e, ERR_UNAVAIL, "the receiver answered with status %ld", status);
	return 0;
}

int hook_post(const char *url, const struct buf *body, struct err *e)
{
	CURL *c;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (c = curl_easy_init()) == NULL)
		return err_set(e, ERR_OS, "libcurl does not start");
	r = post(c, url, body, e);
	curl_easy_cleanup(c);
	curl_global_cleanup();
	return r;
}
