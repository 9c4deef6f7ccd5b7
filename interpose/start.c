/* SPDX-License-Identifier: Apache-2.0
 *
 * The shim's beginning: in the constructor, or in the first call that comes before it.  Everything
 * that may fail later for want of rights, descriptors or environment is opened and read here. */
#include "interpose/start.h"
#include "base/environment.h"
#include "interpose/ask.h"
#include "interpose/channel.h"
#include "interpose/deadline.h"
#include "interpose/ending.h"
#include "interpose/folder.h"
#include "interpose/gone.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include "graph/registry.h"
#include "interpose/identity.h"
#include "interpose/layout.h"
#include "interpose/module.h"
#include "interpose/notes.h"
#include "interpose/process.h"
#include "interpose/real.h"
#include "interpose/remains.h"
#include "interpose/self.h"

struct sn_shim sn_shim = {.report_fd = -1};
struct sn_stray sn_stray;

static char command[SN_PATH_MAX];

const char *sn_start_command(void)
{
	return *command ? command : NULL;
}

static int is_program(const char *path)
{
	return sn_sys(SYS_faccessat, AT_FDCWD, path, X_OK) == 0;
}

/* The command: as told, or beside the library, or in the bin folder beside its lib folder. */
static void find_command(void)
{
	static const char *const places[] = {"%.*s/snarl", "%.*s/../bin/snarl",
					     "%.*s/../../bin/snarl"};
	const char *told = getenv(sn_environment_name(SN_ENV_SNARL_COMMAND));
	Dl_info info;
	if (told && *told) {
		snprintf(command, sizeof command, "%s", told);
		return;
	}
	if (!dladdr(&sn_shim, &info) || !strrchr(info.dli_fname, '/'))
		return;
	int length = (int)(strrchr(info.dli_fname, '/') - info.dli_fname);
	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		int n = snprintf(command, sizeof command, places[i], length, info.dli_fname);
		if (n > 0 && n < (int)sizeof command && is_program(command))
			return;
	}
	*command = 0;
}

/* Programs close their standard error, and reuse its number: keep one of our own, high up. */
static void keep_stderr(void)
{
	if (sn_shim.run || !sn_shim.options.report_at_exit)
		return;
	long fd = sn_sys(SYS_fcntl, 2, F_DUPFD_CLOEXEC, 1000);
	if (fd < 0)
		fd = sn_sys(SYS_fcntl, 2, F_DUPFD_CLOEXEC, 3);
	sn_shim.report_fd = fd < 0 ? -1 : (int)fd;
}

static void read_options(void)
{
	char error[256], line[320];
	const char *text = getenv(sn_environment_name(SN_ENV_SNARL_OPTIONS)),
		   *run = getenv(sn_environment_name(SN_ENV_SNARL_RUN));
	sn_options_default(&sn_shim.options);
	struct sn_run_name name;
	sn_run_name_read(&name, run ? run : "");
	sn_shim.run = (int)name.pid;
	sn_shim.run_number = name.number;
	sn_ask_start(&name);
	if (text && sn_options_parse(&sn_shim.options, text, error, sizeof error) != 0) {
		int n = snprintf(line, sizeof line, "snarl: SNARL_OPTIONS: %s\n", error);
		sn_sys(SYS_write, 2, line, n);
	}
}

/* help=1: the options. The command prints them itself. */
static void print_help(void)
{
	static char text[8192];
	if (!sn_shim.options.help || sn_shim.run)
		return;
	size_t n = sn_options_help(text, sizeof text);
	sn_sys(SYS_write, 2, text, n < sizeof text ? n : sizeof text - 1);
}

static void choose_nonce(void)
{
	uint32_t nonce = 0;
	if (sn_sys(SYS_getrandom, &nonce, sizeof nonce, 1) != sizeof nonce)
		nonce = (uint32_t)sn_now() * 2654435761u;
	sn_shim.nonce = nonce | 1;
}

static void record_arguments(struct sn_recorder *r)
{
	static char text[65536];
	long fd = sn_sys(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	long n = sn_sys(SYS_read, fd, text, sizeof text - 1);
	sn_sys(SYS_close, fd);
	if (n <= 0)
		return;
	text[n] = 0;
	r->header->arguments = sn_recorder_text(r, text, (uint32_t)n);
	for (long i = 0; i < n; i++)
		r->header->argument_count += !text[i];
}

static void record_exe(struct sn_recorder *r)
{
	char path[SN_PATH_MAX];
	long n = sn_sys(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path);
	if (n > 0)
		r->header->exe = sn_recorder_text(r, path, (uint32_t)n);
}

/* The linker's names for the beginning and the end of this library's code. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

static void fill_header(struct sn_recorder *r)
{
	struct timespec now;
	struct sn_header *h = r->header;
	sn_clock(CLOCK_REALTIME, &now);
	h->nonce = sn_shim.nonce;
	h->pid = sn_shim.pid;
	h->parent = (uint32_t)sn_sys(SYS_getppid);
	h->started_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	h->started_mono_ns = sn_now();
	h->started_ticks = sn_ticks();
	h->forked_from = sn_shim.forked_from;
	h->shim_start = (uintptr_t)__ehdr_start;
	h->shim_end = (uintptr_t)etext;
	h->run = sn_shim.run_number;
	h->module_epoch = sn_shim.module_epoch;
	record_exe(r);
	record_arguments(r);
}

/* A file per process image: <pid>.snarl, then <pid>.1.snarl, … after an exec. */
static int create_recording(int folder)
{
	char path[SN_PATH_MAX];
	uint64_t most = (uint64_t)sn_shim.options.max_recording << 20;
	int error = -EEXIST;
	for (int i = 0; i < 10000 && error == -EEXIST; i++) {
		int n = snprintf(path, sizeof path, "%s/%u", sn_folder_path(), sn_shim.pid);
		if (i)
			snprintf(path + n, sizeof path - n, ".%d.snarl", i);
		else
			snprintf(path + n, sizeof path - n, ".snarl");
		const char *name = strrchr(path, '/') + 1;
		/* Nobody else has our process id: what bears it there is an image before exec,
		 * told. */
		if (sn_folder_is_temporary())
			sn_sys(SYS_unlinkat, folder, name, 0);
		error = sn_recorder_create_in(&sn_shim.recorder, folder, path, most);
	}
	return error;
}

/* The folder of a run may be out of the process's reach, for who it is by now or for where its root
 * is, though not out of the command's. */
static int be_given_recording(void)
{
	char name[SN_WORD_NAME], path[SN_PATH_MAX];
	uint64_t most = (uint64_t)sn_shim.options.max_recording << 20;
	int fd = sn_shim.run ? sn_ask_file(name) : -EPERM;
	if (fd < 0)
		return fd;
	snprintf(path, sizeof path, "%s/%s", sn_folder_path(), name);
	return sn_recorder_create_given(&sn_shim.recorder, fd, path, most);
}

/* Most of a recording that takes the program's own memory. */
#define MEMORY_MOST ((uint64_t)64 << 20)

/* Without the file there is no black box, but the process can still tell what it finds. Of a
 * process and those that it forks the first one says so. */
static int record_in_memory(int reason)
{
	static char line[SN_PATH_MAX + 160];
	uint64_t most = (uint64_t)sn_shim.options.max_recording << 20;
	const char *text = strerrordesc_np(-reason);
	int error = sn_recorder_create_in_memory(&sn_shim.recorder,
						 most < MEMORY_MOST ? most : MEMORY_MOST);
	if (!error && sn_shim.run)
		sn_ask_alone();
	if (sn_shim.forked_from)
		return error;
	int n = snprintf(line, sizeof line, "snarl: %s: %s: %s\n", sn_folder_path(),
			 text ? text : "no recording can be made",
			 error ? "nothing is recorded"
			       : "recording in memory only; what is found is told at the end");
	sn_sys(SYS_write, sn_shim.report_fd >= 0 ? sn_shim.report_fd : 2, line, n);
	return error;
}

static int open_recording(void)
{
	int error = -ENOENT;
	/* The temporary folder goes with the last recording: again where that was this moment. */
	for (int i = 0; i < 8 && error == -ENOENT; i++) {
		int folder = sn_folder_open();
		if (folder >= 0 && sn_folder_is_temporary() && !sn_sandboxed)
			sn_remains_remove(folder, sn_shim.options.keep, sn_shim.options.keep_mib);
		error = folder < 0 ? folder : create_recording(folder);
		if (folder >= 0)
			sn_sys(SYS_close, folder);
	}
	/* The command has no more room than we. */
	if (error && error != -ENOSPC && error != -EDQUOT && error != -EFBIG &&
	    be_given_recording() == 0)
		error = 0;
	if (error)
		error = record_in_memory(error);
	if (!error)
		fill_header(&sn_shim.recorder);
	return error;
}

/* Where its child can have no recording, it says in the parent's that it has told something. */
static void leave_recording(void)
{
	struct sn_recorder *r = &sn_shim.recorder;
	if (!r->header || r->memory_only) {
		sn_recorder_drop(r);
		return;
	}
	sn_shim.above = r->header;
	sn_recorder_drop_but_header(r);
}

static void forget_above(void)
{
	if (sn_shim.above && !sn_shim.recorder.memory_only) {
		sn_sys(SYS_munmap, sn_shim.above, SN_HEADER_SIZE);
		sn_shim.above = NULL;
	}
}

int sn_start_child(void)
{
	sn_shim.phase = SN_PHASE_STARTING;
	leave_recording();
	memset(&sn_registry, 0, sizeof sn_registry);
	sn_self_reset();
	sn_ending_reset();
	sn_identity_reset();
	sn_wait_reset();
	sn_trace_reset_lock();
	sn_module_reset();
	sn_process_reset();
	sn_notes_reset();
	sn_shim.lock = (struct sn_lock){0};
	sn_shim.ended = 0;
	sn_shim.dropped = 0;
	sn_shim.pid = (uint32_t)sn_sys(SYS_getpid);
	choose_nonce();
	int error = open_recording();
	forget_above();
	sn_shim.phase = error ? SN_PHASE_OFF : SN_PHASE_ON;
	if (!error) {
		sn_module_start();
		sn_alarm_start();
	}
	return error;
}

static void at_exit(int status, void *unused)
{
	(void)unused;
	sn_shim.exit_status = status & 0xff;
}

/* A set-user-id program must not be told by its environment where to write. */
static int may_run(void)
{
	return !getauxval(AT_SECURE);
}

/* dlsym allocates where it finds nothing, and the start may be inside an allocator that holds its
 * own lock: the channel library is only asked when it is there. */
static int is_channel_library(struct dl_phdr_info *info, size_t size, void *unused)
{
	const char *slash = strrchr(info->dlpi_name, '/');
	(void)size;
	(void)unused;
	return slash && strstr(slash, "libsnarl-channel.so") != NULL;
}

void sn_start(void)
{
	uint32_t new_phase = SN_PHASE_NEW;
	int saved = errno;
	if (!__atomic_compare_exchange_n(&sn_shim.phase, &new_phase, SN_PHASE_STARTING, 0,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return;
	sn_clock_start();
	sn_deadline_start();
	sn_real_resolve();
	if (dl_iterate_phdr(is_channel_library, NULL))
		sn_channel_start();
	sn_shim.pid = (uint32_t)sn_sys(SYS_getpid);
	int good = may_run();
	if (good) {
		read_options();
		print_help();
		find_command();
		choose_nonce();
		sn_folder_choose(sn_shim.nonce);
		keep_stderr();
		good = open_recording() == 0;
	}
	if (good) {
		sn_ending_start();
		pthread_atfork(sn_self_before_fork, sn_self_after_fork, sn_self_after_fork);
		on_exit(at_exit, NULL);
		sn_process_watch_quick_exit();
		if (sn_shim.options.fast_path && sn_layout_test())
			sn_fast_kinds = PTHREAD_MUTEX_ADAPTIVE_NP + 1;
		sn_fast_reads = sn_layout_test_reads();
	}
	__atomic_store_n(&sn_shim.phase, good ? SN_PHASE_ON : SN_PHASE_OFF, __ATOMIC_RELEASE);
	if (good) {
		sn_module_start();
		sn_alarm_start();
	}
	errno = saved;
}

__attribute__((constructor)) static void constructor(void)
{
	/* The first thread is known from the start, and is the first. */
	sn_self_get((uintptr_t)__builtin_frame_address(0));
}

__attribute__((destructor)) static void destructor(void)
{
	struct sn_site site = SN_SITE;
	if (!sn_process_is_ours())
		return;
	if (sn_self_tls && sn_self_tls->state == SN_SELF_READY)
		sn_gone_at_exit(sn_self_tls, site);
	sn_process_ending(site);
	sn_process_ended(SN_ENDED_EXIT, sn_shim.exit_status);
	int status = sn_process_final_report();
	if (status < 0)
		return;
	/* What exit() would have done after us: it flushes, without waiting for streams that other
	 * threads have locked. */
	fcloseall();
	for (;;)
		sn_sys(SYS_exit_group, status);
}
