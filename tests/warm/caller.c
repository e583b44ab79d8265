/* The near end of a warm Python, for machines with a C compiler: see warm_python.py, which has the same in Python.
 *
 *     caller ARGUMENT...
 *
 * COMMANDS is the body of a table: for each command the name of its server, and the words that its line begins with.
 * A word that begins with `*` stands for every word that ends so. PLACE is the folder of the servers' sockets, PYTHON
 * the Python for any other command, SIGNALS the numbers of the signals to pass on.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 4
#define MOST_DESCRIPTORS 64

extern char **environ;

static const struct {
    const char *name;
    const char *words[WORDS];
} commands[] = {COMMANDS};
static const int signals[] = {SIGNALS};
static int server;

static int begins(const char *wanted, const char *word)
{
    size_t tail = strlen(wanted + 1), length = strlen(word);
    if (*wanted != '*')
        return strcmp(wanted, word) == 0;
    return length >= tail && strcmp(wanted + 1, word + length - tail) == 0;
}

static const char *server_of(int count, char **arguments)
{
    for (size_t command = 0; command < sizeof commands / sizeof *commands; command++) {
        int word = 0;
        while (word < WORDS && commands[command].words[word] && word < count
               && begins(commands[command].words[word], arguments[word]))
            word++;
        if (word == WORDS || !commands[command].words[word])
            return commands[command].name;
    }
    return NULL;
}

static void pass_on(int number)
{
    unsigned char byte = number;
    send(server, &byte, 1, MSG_NOSIGNAL);
}

/* The open descriptors; returns how many there are. */
static int inherited(int *numbers)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(folder) && count < MOST_DESCRIPTORS)
            numbers[count++] = atoi(entry->d_name);
    if (folder)
        closedir(folder);
    return count;
}

/* One text after another, each with its closing NUL. */
static void write_call(FILE *call, const int *descriptors, int open, int count, char **arguments)
{
    const char *executable = (const char *)getauxval(AT_EXECFN);
    mode_t mask = umask(0);
    char *folder = getcwd(NULL, 0);
    umask(mask);
    for (int i = 0; i < open; i++)
        fprintf(call, i ? " %d" : "%d", descriptors[i]);
    fputc(0, call);
    fprintf(call, "%s%c%s%c%d%c%d%c", executable, 0, folder ? folder : "/", 0, mask, 0, count, 0);
    for (int i = 0; i < count; i++)
        fprintf(call, "%s%c", arguments[i], 0);
    for (char **variable = environ; *variable; variable++)
        fprintf(call, "%s%c", *variable, 0);
    fclose(call);
}

static int connected(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", PLACE, name);
    return connect(made, (struct sockaddr *)&address, sizeof address) == 0 ? made : -1;
}

static void tell(const int *descriptors, int open, char *call, size_t length)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
    } control = {.room = {0}};
    size_t size = open * sizeof(int);
    uint32_t head = htonl(length);
    struct iovec part = {&head, sizeof head};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(size)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(rights), descriptors, size);
    sendmsg(server, &message, MSG_NOSIGNAL);
    for (size_t sent = 0; sent < length;) {
        ssize_t more = send(server, call + sent, length - sent, MSG_NOSIGNAL);
        if (more <= 0)
            break; /* the missing answer says so */
        sent += more;
    }
}

int main(int count, char **words)
{
    const char *name = server_of(count - 1, words + 1);
    char *call;
    size_t length;
    int descriptors[MOST_DESCRIPTORS], open;
    sigset_t all;
    unsigned char answer[4] = {0, 0, 0, SIGKILL};
    if (!name) {
        words[0] = PYTHON;
        execv(PYTHON, words);
        return 127;
    }
    /* A signal that comes before the call is told in full would be told in the middle of it. */
    sigemptyset(&all);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(&all, signals[i]);
    sigprocmask(SIG_BLOCK, &all, NULL);
    open = inherited(descriptors);
    write_call(open_memstream(&call, &length), descriptors, open, count - 1, words + 1);
    server = connected(name);
    if (server < 0)
        return 1;
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
    tell(descriptors, open, call, length);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    if (recv(server, answer, sizeof answer, MSG_WAITALL) != sizeof answer)
        memcpy(answer, (unsigned char[]){0, 0, 0, SIGKILL}, sizeof answer);
    int status = answer[0] << 24 | answer[1] << 16 | answer[2] << 8 | answer[3];
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
