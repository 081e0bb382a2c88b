/* json: request documents as SUBMIT messages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "client/json.h"
#include "msg/request.h"
#include "tap.h"

#define NOW INT64_C(1763900000000)

/* Single quotes stand for double ones, for the eye's sake. */
static char *quoted(const char *s)
{
	char *t = xstrdup(s);

	for (char *p = t; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return t;
}

static int parse(const char *doc, struct msg **m, struct err *e)
{
	char *text = quoted(doc);
	int r;

	err_clear(e);
	r = json_submit(text, strlen(text), NOW, m, e);
	free(text);
	return r;
}

/* "field=value field=value" of everything but the UUID and the command of a document. */
static void becomes(const char *doc, const char *want)
{
	struct msg *m = NULL;
	enum msg_field f;
	size_t iter = 0;
	const char *v;
	struct buf b;
	struct err e;

	buf_init(&b, 100000);
	buf_addc(&b, ' ');
	if (ok(parse(doc, &m, &e) == 0, "%s: %s", doc, e.text)) {
		while (msg_each(m, &iter, &f, &v)) {
			if (f != F_UUID && strcmp(v, "x") != 0)
				buf_addf(&b, "%s=%s ", msg_field_name(f), v);
		}
		b.data[b.len - 1] = '\0';
		is_str(b.len > 1 ? b.data + 1 : "", want, "%s", doc);
	}
	msg_free(m);
	buf_release(&b);
}

/* The same with fields beside the command. */
static void with(const char *fields, const char *want)
{
	char *doc = xasprintf("{'command':['x'],%s}", fields);

	becomes(doc, want);
	free(doc);
}

static void refused(const char *doc, enum err_code code, const char *text)
{
	struct msg *m = NULL;
	struct err e;

	is_int(parse(doc, &m, &e), -1, "refused: %s", doc);
	is_int(e.code, code, "code of it");
	is_str(e.text, text, "words of it");
	ok(m == NULL, "no message");
	msg_free(m);
}

static void wrong(const char *fields, const char *text)
{
	char *doc = xasprintf("{'command':['x'],%s}", fields);

	refused(doc, ERR_DATA, text);
	free(doc);
}

static void commands(void)
{
	becomes("{'command':'ls -l | wc'}", "arg=/bin/sh arg=-c arg=ls -l | wc");
	becomes("{'command':['ls','-l','']}", "arg=ls arg=-l arg=");
	becomes("{'script':'echo\\n','args':['a','b']}", "script=1 arg=a arg=b");
	refused("{}", ERR_DATA, "command is missing");
	refused("{'command':null}", ERR_DATA, "command is missing");
	refused("{'command':''}", ERR_DATA, "command: it is empty");
	refused("{'command':[]}", ERR_DATA, "command: it is empty");
	refused("{'command':5}", ERR_DATA, "command: it must be a string or an array of strings");
	refused("{'command':['a',1]}", ERR_DATA, "command: element 2: it must be a string");
	refused("{'command':'a','script':'b'}", ERR_DATA,
	    "command and script: only one may be given");
	refused("{'command':['a'],'args':['b']}", ERR_DATA, "args: they belong to a script; a "
	    "command with arguments is an array");
	refused("{'script':['a']}", ERR_DATA, "script: it must be a string");
	refused("{'script':'a','args':'b'}", ERR_DATA, "args: it must be an array of strings");
}

static void identity(void)
{
	with("'job_name':'n','job_type':'batch','execution_env':'vm'",
	    "name=n type=batch env_type=vm");
	with("'tags':{'a':'1','b':'c=d'}", "tag=a=1 tag=b=c=d");
	with("'tags':{},'job_config':{},'dependencies':[],'resources':{},'scheduling':{}", "");
	with("'comment':'c','key':'k','key_scope':'active','account':'t','queue':'q','run_as':'u'",
	    "comment=c key=k key_scope=active account=t queue=q run_as=u");
	with("'env':{'A':'1','B':''},'chdir':'/d','umask':'027','append':true",
	    "env=A=1 env=B= chdir=/d umask=23 append=1");
	with("'stdin_path':'i','stdout_path':'o','stderr_path':'e'", "stdin=i stdout=o stderr=e");
	with("'success_codes':'0,3','no_requeue':false,'kill_signal':'INT',"
	    "'kill_grace_seconds':1.5",
	    "success_codes=0,3 no_requeue=0 kill_signal=2 kill_grace=1500");
	with("'kill_signal':9,'kill_grace_seconds':'2m'", "kill_signal=9 kill_grace=120000");
	with("'job_name':null,'tags':null,'resources':null,'scheduling':{'priority':null}", "");
	wrong("'job_name':5", "job_name: it must be a string");
	wrong("'tags':{'a':1}", "tags: a: it must be a string");
	wrong("'tags':['a']", "tags: it must be an object of strings");
	wrong("'tags':{'a=b':'c'}", "tags: a=b: a name holds no =");
	wrong("'job_uuid':'5'", "job_uuid: it is no UUID in small letters");
	wrong("'umask':22", "umask: it must be a string of octal digits, as \"022\"");
	wrong("'umask':'09'", "umask: it must be a string of octal digits, as \"022\"");
	wrong("'append':'yes'", "append: it must be true or false");
	wrong("'kill_signal':'NONE'", "kill_signal: it is no signal: write \"TERM\" or 15");
	refused("{'command':['x'],'job_config':{'a':1}}", ERR_UNAVAIL,
	    "job_config: settings in it are not there yet");
}

static void resources(void)
{
	with("'resources':{'cpu_cores':4,'memory_gb':8,'disk_gb':10,'gpu_count':0}",
	    "cpus=4000 mem=8192 disk=10240 gpus=0");
	with("'resources':{'cpu_cores':0.5,'memory_gb':0.5,'bandwidth_mbps':1.2}",
	    "cpus=500 mem=512 bw=2");
	with("'resources':{'cpu_cores':1.2345,'memory_gb':0.1,'disk_gb':1e-9}",
	    "cpus=1235 mem=103 disk=1");
	with("'resources':{'memory_gb':0}", "mem=0");
	wrong("'resources':{'cpu_cores':'4'}", "resources: cpu_cores: it must be a number");
	wrong("'resources':{'cpu_cores':-1}", "resources: cpu_cores: it must be from 0 to "
	    "1000000000000");
	wrong("'resources':{'memory_gb':1e13}", "resources: memory_gb: it must be from 0 to "
	    "1000000000000");
	wrong("'resources':{'gpu_count':1.5}", "resources: gpu_count: it must be a whole number");
	wrong("'resources':{'gpu_count':-1}", "resources: gpu_count: it must be a whole number");
	wrong("'resources':5", "resources: it must be an object");
}

static void scheduling(void)
{
	with("'scheduling':{'priority':750,'max_execution_time':3600,'timeout_seconds':7200}",
	    "priority=750 time=3600000 deadline=1763907200000");
	with("'scheduling':{'max_execution_time':'1h','queue_timeout_seconds':0.25,'hold':true}",
	    "time=3600000 queue_timeout=250 hold=1");
	with("'scheduling':{'estimate_seconds':90}", "estimate=90000");
	with("'scheduling':{'begin_at':'2026-11-23T10:00:00Z'}", "begin=1795428000000");
	with("'scheduling':{'begin_at':1795428000.5}", "begin=1795428000500");
	with("'scheduling':{'begin_at':'+1h','deadline_at':'+2h'}",
	    "begin=1763903600000 deadline=1763907200000");
	wrong("'scheduling':{'timeout_seconds':1,'deadline_at':5}",
	    "scheduling: deadline_at: the same is said twice");
	wrong("'scheduling':{'priority':'high'}", "scheduling: priority: it must be a whole "
	    "number");
	wrong("'scheduling':{'max_execution_time':'soon'}", "scheduling: max_execution_time: "
	    "'soon' is not a duration: write 90 (seconds), 1.5s, 500ms, 15m, 2h30m, 1d, 1w, MM:SS, "
	    "HH:MM:SS or D-HH:MM:SS");
	wrong("'scheduling':{'hold':1}", "scheduling: hold: it must be true or false");
}

static void retries(void)
{
	with("'retry':{'max_retries':3,'retry_policy':'exponential_backoff',"
	    "'retry_delay_seconds':60}",
	    "retries=3 retry_policy=exponential_backoff retry_delay=60000");
	with("'retry':{}", "retry_policy=exponential_backoff");
	with("'retry':{'retry_delay_seconds':5}",
	    "retry_delay=5000 retry_policy=exponential_backoff");
	with("'retry':{'max_retries':0}", "retries=0");
	with("'retry':{'retry_policy':'fixed','retry_max_delay_seconds':90,'retry_jitter':0,"
	    "'retry_on':'oom','no_retry_on':'75'}",
	    "retry_policy=fixed retry_max_delay=90000 retry_jitter=0 retry_on=oom no_retry_on=75");
	wrong("'retry':3", "retry: it must be an object");
	wrong("'retry':{'max_retries':-1}", "retry: max_retries: it must be a whole number");
}

static void dependencies(void)
{
	with("'dependencies':[{'job_id':5,'dependency_type':'completion'},{'job_id':'7',"
	    "'dependency_type':'failure'},{'job_id':'01900000-0000-7000-8000-000000000002'}],"
	    "'dep_any':true,'on_dep_fail':'hold'",
	    "dep=completion:5 dep=failure:7 dep=success:01900000-0000-7000-8000-000000000002 "
	    "dep_any=1 on_dep_fail=hold");
	wrong("'dependencies':{}", "dependencies: it must be an array of objects");
	wrong("'dependencies':[5]", "dependencies: element 1: it must be an object");
	wrong("'dependencies':[{}]", "dependencies: element 1: job_id: it must be a job's number "
	    "or UUID");
	wrong("'dependencies':[{'job_id':5},{'job_id':6,'type':'ok'}]", "dependencies: element 2: "
	    "unknown field \"type\"");
	wrong("'dependencies':[{'job_id':5,'dependency_typ':'ok'}]", "dependencies: element 1: "
	    "unknown field \"dependency_typ\"; did you mean \"dependency_type\"?");
	wrong("'dependencies':[{'job_id':5,'dependency_type':'done'}]", "dependencies: element 1: "
	    "dependency_type: \"done\" is none of success, failure, completion or start");
}

static void unknown_fields(void)
{
	wrong("'comand':'x'", "unknown field \"comand\"; did you mean \"command\"?");
	wrong("'resources':{'cpu_core':1}", "resources: unknown field \"cpu_core\"; did you mean "
	    "\"cpu_cores\"?");
	wrong("'xyzzy':1", "unknown field \"xyzzy\"");
	wrong("'cpu_cores':1", "unknown field \"cpu_cores\"; it belongs in resources");
	wrong("'scheduling':{'tags':{}}", "scheduling: unknown field \"tags\"; it belongs at the "
	    "top");
}

static void no_documents(void)
{
	static const char *const texts[] = { "", " ", "{", "{'command':'x'", "{'command':'x'}}",
	    "[]", "'x'", "5", "null", "{'command':'x','command':'y'}", "{'command':'\\u0000'}",
	    "{'command':'\xff'}", "{'command':'x',}", "{'command':'x'} {'command':'y'}", "nonsense"
	    };
	struct msg *m = NULL;
	struct err e;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		is_int(parse(texts[i], &m, &e), -1, "no document: %s", texts[i]);
		is_int(e.code, ERR_DATA, "code: %s", e.text);
	}
	parse("{'command':'x',\n 'tags':}", &m, &e);
	ok(strncmp(e.text, "no JSON: line 2 column ", 23) == 0, "says where: %s", e.text);
}

static void uuids(void)
{
	struct uuid a, b;
	struct msg *m = NULL;
	struct err e;

	is_int(parse("{'command':'x'}", &m, &e), 0, "without a UUID");
	ok(msg_uuid(m, F_UUID, &a) == 0 && !uuid_is_nil(&a), "it gets one");
	msg_free(m);
	is_int(parse("{'command':'x'}", &m, &e), 0, "again");
	ok(msg_uuid(m, F_UUID, &b) == 0 && !uuid_equal(&a, &b), "another one");
	msg_free(m);
	is_int(parse("{'command':'x','job_uuid':'01900000-0000-7000-8000-000000000001'}", &m, &e),
	    0, "with one");
	is_str(msg_str(m, F_UUID), "01900000-0000-7000-8000-000000000001", "it is taken");
	msg_free(m);
}

/* The example of the people for whom this is made, as it stands in their paper. */
static const char example[] =
	"{\n"
	"  'job_name': 'portfolio_rebalancing',\n"
	"  'job_type': 'batch',\n"
	"  'command': 'python /app/scripts/rebalance.py --portfolio-id=123',\n"
	"  'execution_env': '%s',\n"
	"  'resources': { 'cpu_cores': 4, 'memory_gb': 8, 'disk_gb': 10, 'gpu_count': 0 },\n"
	"  'scheduling': { 'priority': 750, 'max_execution_time': 3600, 'timeout_seconds': 7200 "
	    "},\n"
	"  'retry': { 'max_retries': 3, 'retry_policy': 'exponential_backoff',\n"
	"    'retry_delay_seconds': 60 },\n"
	"  'dependencies': [ { 'job_id': '%s', 'dependency_type': 'completion' } ],\n"
	"  'tags': { 'team': 'portfolio', 'environment': 'production' }\n"
	"}\n";

static int example_take(const char *env, const char *parent, struct job_request *req,
    struct arena *a, struct err *e)
{
	const struct request_defaults d = { .cpus = 1000, .priority = 500, .kill_grace = 30000,
	    .queue = "default" };
	char doc[sizeof(example) + 100];
	struct msg *m = NULL;
	int r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(doc, sizeof(doc), example, env, parent);
#pragma GCC diagnostic pop
	r = parse(doc, &m, e);
	if (r == 0)
		r = request_submit(m, &d, a, req, e);
	msg_free(m);
	return r;
}

static void the_example(void)
{
	struct arena *a = arena_new();
	struct job_request req;
	const struct job_row *row = &req.row;
	struct err e;

	is_int(example_take("docker", "5", &req, a, &e), -1, "with docker");
	is_int(e.code, ERR_UNAVAIL, "is not there yet: %s", e.text);
	is_int(example_take("vm", "uuid-of-dependent-job", &req, a, &e), -1,
	    "with a made-up parent");
	is_str(e.text, "dep: \"uuid-of-dependent-job\" is no job: write its id or its UUID",
	    "says so");
	is_int(example_take("vm", "01900000-0000-7000-8000-000000000002", &req, a, &e), 0,
	    "else as it is: %s", e.text);
	is_str(row->name, "portfolio_rebalancing", "name");
	is_str(row->command,
	    "/bin/sh -c 'python /app/scripts/rebalance.py --portfolio-id=123'", "command");
	ok(row->cpus == 4000 && row->mem == 8192 && row->disk == 10240 && row->gpus == 0,
	    "resources");
	ok(row->priority == 750 && row->time_limit == 3600000 && row->deadline_at == NOW + 7200000,
	    "scheduling");
	ok(row->max_retries == 3 && row->retry_policy == RETRY_EXPONENTIAL &&
	    row->retry_delay == 60000, "retry");
	ok(req.ndeps == 1 && req.deps[0].type == DEP_ANY, "dependency");
	is_str(row->tags, "{\"team\":\"portfolio\",\"environment\":\"production\"}", "tags");
	arena_free(a);
}

static void settings(void)
{
	with("'nice':-5,'scratch':true,'login':false", "nice=-5 scratch=1 login=0");
	with("'rlimits':{'core':'0','nofile':'1:2'}", "rlimit=core=0 rlimit=nofile=1:2");
	with("'log_max_bytes':2048", "log_max=2048");
	with("'log_max_bytes':'2M','log_overflow':'kill'", "log_max=2097152 log_overflow=kill");
	with("'resources':{'named':{'fpga':2},'tokens':{'lic':1},'gpu_type':'a100'}",
	    "res=fpga=2 limit_token=lic=1 gpu_type=a100");
	with("'warn_signal':'USR1@5','chdir_missing':'home'", "warn=USR1@5 chdir_missing=home");
	with("'timestamps':true,'pty_output':true", "timestamps=1 pty=1");
	refused("{'command':'x','nice':1.5}", ERR_DATA, "nice: it must be a whole number");
	refused("{'command':'x','rlimits':{'core':0}}", ERR_DATA,
	    "rlimits: core: it must be a string");
	refused("{'command':'x','resources':{'named':{'a':'1'}}}", ERR_DATA,
	    "resources: named: a: it must be a whole number");
	refused("{'command':'x','resources':{'tokens':['a']}}", ERR_DATA,
	    "resources: tokens: it must be an object of numbers");
	refused("{'command':'x','log_max_bytes':'much'}", ERR_DATA, "log_max_bytes: 'much' is not "
	    "a size: write 512M, 4G, 1.5G, 100K, 2T or 64B; a plain number is MiB");
}

int main(void)
{
	commands();
	identity();
	resources();
	scheduling();
	retries();
	dependencies();
	unknown_fields();
	no_documents();
	uuids();
	the_example();
	settings();
	return tap_done();
}
