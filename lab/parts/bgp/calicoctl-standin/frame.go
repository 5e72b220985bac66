package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// frame draws a table as calicoctl does: titles in the middle, numbers to the right, the rest to the left.
func frame(titles []string, rows [][]string) {
	widths := make([]int, len(titles))
	for _, row := range append([][]string{titles}, rows...) {
		for at, cell := range row {
			widths[at] = max(widths[at], utf8.RuneCountInString(cell))
		}
	}
	line := "+"
	for _, width := range widths {
		line += strings.Repeat("-", width+2) + "+"
	}
	fmt.Println(line)
	fmt.Println(framed(titles, widths, centred))
	fmt.Println(line)
	for _, row := range rows {
		fmt.Println(framed(row, widths, aligned))
	}
	fmt.Println(line)
}

func framed(cells []string, widths []int, place func(string, int) string) string {
	text := "|"
	for at, cell := range cells {
		text += " " + place(cell, widths[at]) + " |"
	}
	return text
}

func centred(cell string, width int) string {
	free := width - len(cell)
	left := free / 2
	return strings.Repeat(" ", left) + cell + strings.Repeat(" ", free-left)
}

func aligned(cell string, width int) string {
	free := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	if cell != "" && strings.Trim(cell, "0123456789") == "" {
		return free + cell
	}
	return cell + free
}
