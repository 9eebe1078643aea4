package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// waitForExit returns when the process is gone. If the system does not let us
// look at it, it never returns: stdin alone then tells.
func waitForExit(pid int) {
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return // there is no such process
	}
	if err != nil {
		select {}
	}
	defer windows.CloseHandle(process)
	if event, err := windows.WaitForSingleObject(process, windows.INFINITE); err != nil || event != windows.WAIT_OBJECT_0 {
		select {}
	}
}
