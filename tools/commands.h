/* SPDX-License-Identifier: MIT */
/*
 * The commands of `genofs`. Each is a main() of its own: argv[0] is the command's name, the value
 * is the exit status: 0, 1 for failures, 2 for wrong usage (of run: its command's).
 */
#ifndef GENOFS_TOOLS_COMMANDS_H
#define GENOFS_TOOLS_COMMANDS_H

int cmd_import(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_umount(int argc, char **argv);
int cmd_pangenome(int argc, char **argv);
int cmd_blocks(int argc, char **argv);
int cmd_ld(int argc, char **argv);
int cmd_top(int argc, char **argv);

#endif
